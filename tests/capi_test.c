/* The interface for C, from C. Each line that fails is printed; the exit status is their number. */
#include "capi/tenon.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;
#define CHECK(condition)                                          \
  do {                                                            \
    if (!(condition)) {                                           \
      printf("%s:%d: %s; %s\n", __FILE__, __LINE__, #condition, tenon_error()); \
      ++failures;                                                 \
    }                                                             \
  } while (0)

/* argv[1]: a model whose input x: float[n,3] and weights give relu(x w^T + b), f32[n,2] */
int main(int argc, char** argv) {
  CHECK(argc == 2);
  CHECK(strlen(tenon_version()) > 0);
  CHECK(tenon_load("nowhere.onnx") == NULL);
  CHECK(strstr(tenon_error(), "nowhere.onnx") != NULL);
  CHECK(tenon_load_bytes("abc", 3) == NULL);
  CHECK(tenon_set_threads(0) != 0);
  CHECK(tenon_set_threads(1) == 0);

  tenon_model* model = tenon_load(argv[1]);
  CHECK(model != NULL);
  if (model == NULL) return failures;
  CHECK(tenon_input_count(model) == 1 && tenon_output_count(model) == 1);
  CHECK(strcmp(tenon_input_name(model, 0), "x") == 0);
  CHECK(strcmp(tenon_input_type(model, 0), "float[n,3]") == 0);
  CHECK(tenon_input_name(model, 1) == NULL);
  CHECK(strcmp(tenon_output_name(model, 0), "y") == 0);

  /* Weights of 1 and a bias of 0. Rows of x are 4 apart, and the last first. */
  const float data[] = {1, 2, 3, 99, -4, 5, -6, 99};
  const int64_t shape[] = {2, 3}, strides[] = {-4, 1};
  tenon_tensor x = {TENON_F32, 2, shape, strides, (void*)(data + 4)};
  tenon_results* results = tenon_run(model, &x, 1);
  CHECK(results != NULL);
  tenon_tensor y;
  CHECK(tenon_result(results, 0, &y) == 0);
  CHECK(y.dtype == TENON_F32 && y.rank == 2 && y.shape[0] == 2 && y.shape[1] == 2);
  const float* sums = y.data;
  CHECK(sums[0] == 0 && sums[1] == 0 && sums[2] == 6 && sums[3] == 6);
  CHECK(tenon_result(results, 1, &y) != 0);
  tenon_free_results(results);

  const int64_t wide[] = {1, 4};
  tenon_tensor wrong = {TENON_F32, 2, wide, NULL, (void*)data};
  CHECK(tenon_run(model, &wrong, 1) == NULL);
  CHECK(strstr(tenon_error(), "input 'x': dimension 1 is 4") != NULL);
  CHECK(tenon_run(model, &wrong, 0) == NULL);
  const tenon_tensor nothing = {TENON_F32, 2, shape, NULL, NULL};
  CHECK(tenon_run(model, &nothing, 1) == NULL);
  CHECK(strstr(tenon_error(), "input 0") != NULL);
  tenon_free_model(model);
  tenon_free_model(NULL);
  return failures;
}
