// How images lie in the memory in which convolutions work.
#pragma once
#include "ck_convolve.h"

/// Padded rows of a channel one after the other; of a stride s the columns of a row by their remainder: those that
/// windows side by side read at one of their places are neighbours.
///
/// Sizes in elements. A vector of `lanes` may begin at each window.
struct ck_image_plan {
  ck_size lanes;
  ck_size rows, columns;            // of windows
  ck_size taps;                     // elements of a filter
  ck_size phase, pitch, channel;    // a remainder's columns, a row, a channel
  ck_size shares;                   // blocks of work, each with room for one padded image
  ck_size filters, offsets, image;  // room for filters by tiles, for offsets of their elements, for one image
};

enum { CK_SHARES_MAX = 16, CK_TILE_OUTPUTS_MAX = 8 };

static inline ck_size ck_rounded(ck_size n, ck_size to) { return (n + to - 1) / to * to; }

static inline struct ck_image_plan ck_image_plan(const struct ck_convolution *p, ck_size elementBytes) {
  const struct ck_window *w = &p->window;
  struct ck_image_plan q = {.lanes = 64 / elementBytes};
  q.rows = ck_window_rows(w), q.columns = ck_window_columns(w);
  q.taps = w->channels * w->kernelHeight * w->kernelWidth;
  q.phase = ck_rounded(q.columns, q.lanes) + (w->kernelWidth - 1) / w->strideWidth + 1;
  q.pitch = ck_rounded(q.phase * w->strideWidth, q.lanes);
  q.channel = (w->height + 2 * w->padHeight) * q.pitch;
  ck_size most = w->images > w->channels ? w->images : w->channels;
  q.shares = most < CK_SHARES_MAX ? most : CK_SHARES_MAX;
  q.filters = ck_rounded((p->outputs + CK_TILE_OUTPUTS_MAX - 1) * q.taps, q.lanes);  // the last tile may be one filter
  q.offsets = ck_rounded(q.taps * (ck_size)sizeof(ck_size) / elementBytes, q.lanes);
  q.image = ck_rounded(w->channels * q.channel + q.lanes, q.lanes);
  return q;
}
