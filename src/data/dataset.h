// Labelled images in memory.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tensor/array.h"

namespace tenon {

/// Images with a class each.
struct Dataset {
  Array images;                          ///< u8 [N,H,W], contiguous
  Array labels;                          ///< u8 [N], each below classes()
  std::vector<std::string> label_names;  ///< one per class

  i64 size() const { return images.dim(0); }
  i64 height() const { return images.dim(1); }
  i64 width() const { return images.dim(2); }
  i64 classes() const { return static_cast<i64>(label_names.size()); }
  i64 label(i64 i) const { return labels.values<std::uint8_t>()[static_cast<std::size_t>(i)]; }
  /// Image `i`, u8 [H,W], a view.
  Array image(i64 i) const;
};

/// Builds a data set and checks it: throws Error, naming `source`, when shapes, element types, counts or labels do not
/// fit. Without `label_names` the classes are named by their numbers.
Dataset make_dataset(Array images, Array labels, std::vector<std::string> label_names, const std::string& source);

enum class Part : std::uint8_t { Train, Test };

/// Loads one part of a folder that holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte, each plain or with .gz. Classes are named by the lines of labels.txt where the folder has
/// one, by the classes of Fashion-MNIST where the folder's name contains "fashion", else by their numbers.
Dataset load_idx_folder(const std::string& folder, Part part);

/// Samples of a data set by position.
using Positions = std::vector<i64>;
/// 0, 1, …, count-1
Positions all_positions(i64 count);

struct Split {
  Positions train, validation;
};
/// Divides 0..count-1 at random: `share` of it, rounded to the nearest count, goes to validation, and at least one
/// sample to each side. Depends on nothing but the arguments. Throws Error unless 0 < share < 1 and count >= 2.
Split split(i64 count, std::uint64_t seed, double share = 0.1);

/// Equal for data sets with the same images and labels in the same order, and for others with hardly any chance.
std::uint64_t fingerprint(const Dataset& data);

/// How many samples each class has.
std::vector<i64> class_balance(const Dataset& data);

/// Positions of equal images, in groups of two or more; groups in the order of their first member.
std::vector<Positions> duplicates(const Array& images);
/// Images of `b` that also stand in `a`: (position in a, position in b), the first one in `a` for each.
std::vector<std::pair<i64, i64>> overlap(const Array& a, const Array& b);

}  // namespace tenon
