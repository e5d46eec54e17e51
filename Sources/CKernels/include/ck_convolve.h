// Convolutions of images without their windows.
#pragma once
#include "ck_index.h"

/// A convolution: how windows lie on the images, and how many filters there are.
struct ck_convolution {
  struct ck_window window;
  ck_size outputs;
};

#define CK_DECLARE_CONVOLVE(T, S)                                                                                  \
  /* out (N, O, OH, OW) = filters (O, C, KH, KW) over images x (N, C, H, W), zeros outside: each element one chain  \
     of fused multiply-adds over (channel, row, column) of the filter. room: `ck_convolve_room_##S` elements. */   \
  void ck_convolve_##S(T *out, const T *x, const T *filters, const struct ck_convolution *p, T *room);             \
  /* out (O, C, KH, KW) = the adjoint of the filters, of images x and the adjoint (N, O, OH, OW): each element the \
     sum over the images, in order, of the sum by halves of lanes of 64 bytes, each one chain along the rows. */   \
  void ck_convolve_filters_##S(T *out, const T *x, const T *adjoint, const struct ck_convolution *p, T *room);
CK_DECLARE_CONVOLVE(double, f64)
CK_DECLARE_CONVOLVE(float, f32)

/// Elements of `elementBytes` that either function needs to work in; -1 where that is no number.
ck_size ck_convolve_room(const struct ck_convolution *p, ck_size elementBytes);
