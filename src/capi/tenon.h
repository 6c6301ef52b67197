/* Tenon from C: ONNX models, loaded, asked, and run on the caller's memory.
 *
 * Functions that can fail return NULL or a value other than 0; tenon_error() then says why, for this thread, until its
 * next call of a function that fails. A model may run on several threads at once. Link with -ltenon_c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TENON_API __attribute__((visibility("default")))

typedef struct tenon_model tenon_model;
typedef struct tenon_results tenon_results;

/* Element types; bool and the types of 8 and 4 bits take a byte each. Of a byte of i4 or u4 the low four bits count;
   results have the int8_t or uint8_t of the value. */
typedef enum {
  TENON_F64,
  TENON_F32,
  TENON_F16,
  TENON_BF16,
  TENON_I64,
  TENON_I32,
  TENON_I16,
  TENON_I8,
  TENON_U64,
  TENON_U32,
  TENON_U16,
  TENON_U8,
  TENON_BOOL,
  TENON_F8E4M3FN,
  TENON_F8E4M3FNUZ,
  TENON_F8E5M2,
  TENON_F8E5M2FNUZ,
  TENON_I4,
  TENON_U4
} tenon_dtype;

/* A tensor in somebody's memory. Strides count elements; NULL: row-major. `shape` may be NULL where rank is 0. */
typedef struct {
  tenon_dtype dtype;
  int32_t rank;
  const int64_t* shape;
  const int64_t* strides;
  void* data;
} tenon_tensor;

TENON_API const char* tenon_version(void);
/* Never NULL; "" where nothing has failed. */
TENON_API const char* tenon_error(void);
/* Threads that one run uses, at least 1. 0 on success. */
TENON_API int tenon_set_threads(int threads);

/* A file, or its bytes (which are not needed any more afterwards; external data is not read then). NULL on failure. */
TENON_API tenon_model* tenon_load(const char* path);
TENON_API tenon_model* tenon_load_bytes(const void* bytes, size_t size);
TENON_API void tenon_free_model(tenon_model* model); /* also of NULL */

TENON_API size_t tenon_input_count(const tenon_model* model);
TENON_API size_t tenon_output_count(const tenon_model* model);
/* Valid as long as the model; NULL beyond the last. Types as in "float[batch,3,224,224]". */
TENON_API const char* tenon_input_name(const tenon_model* model, size_t k);
TENON_API const char* tenon_input_type(const tenon_model* model, size_t k);
TENON_API const char* tenon_output_name(const tenon_model* model, size_t k);
TENON_API const char* tenon_output_type(const tenon_model* model, size_t k);

/* One tensor for each input, in their order; their memory is read in place, not copied. NULL on failure. */
TENON_API tenon_results* tenon_run(const tenon_model* model, const tenon_tensor* inputs, size_t count);
/* Fills *tensor with output k, row-major and valid until the results are freed. 0 on success; fails for outputs that
 * are no tensors of numbers. */
TENON_API int tenon_result(const tenon_results* results, size_t k, tenon_tensor* tensor);
TENON_API void tenon_free_results(tenon_results* results); /* also of NULL */

#ifdef __cplusplus
}
#endif
