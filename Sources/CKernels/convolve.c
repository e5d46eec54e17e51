// Convolutions: the public functions, and how threads share them.
#include "ck_convolve.h"
#include "ck_dispatch.h"
#include "ck_watch.h"
#include "ck_workers.h"
#include "convolve_plan.h"

#define DISPATCH_REAL(T, S)                                                                                        \
  CK_DISPATCH(void, convolve_prepare_##S,                                                                          \
              (T * filters, ck_size *offset, const T *given, const struct ck_convolution *p),                      \
              (filters, offset, given, p))                                                                         \
  CK_DISPATCH(void, convolve_images_##S,                                                                           \
              (T * out, const T *x, const T *filters, const ck_size *offset, const struct ck_convolution *p,       \
               T *room, ck_size first, ck_size last),                                                              \
              (out, x, filters, offset, p, room, first, last))                                                     \
  CK_DISPATCH(void, convolve_channels_##S,                                                                         \
              (T * out, const T *x, const T *adjoint, const ck_size *offset, const struct ck_convolution *p,       \
               T *room, ck_size first, ck_size last),                                                              \
              (out, x, adjoint, offset, p, room, first, last))
DISPATCH_REAL(double, f64)
DISPATCH_REAL(float, f32)

ck_size ck_convolve_room(const struct ck_convolution *p, ck_size elementBytes) {
  const struct ck_window *w = &p->window;
  // As real numbers first: what does not fit in memory must not overflow.
  double columns = (double)ck_window_columns(w) + (double)w->kernelWidth + 64 / (double)elementBytes;
  double image = (double)w->channels * ((double)w->height + 2.0 * (double)w->padHeight) * columns * (double)w->strideWidth;
  double filters = ((double)p->outputs + CK_TILE_OUTPUTS_MAX) * (double)w->channels * (double)w->kernelHeight *
                   (double)w->kernelWidth;
  if (!(CK_SHARES_MAX * image + 2 * filters < 1e15)) return -1;
  struct ck_image_plan q = ck_image_plan(p, elementBytes);
  return q.filters + q.offsets + q.shares * q.image;
}

/// From so many multiplications on threads share a convolution.
static const double sharedWork = 2e6;

static int threads_for(const struct ck_convolution *p, const struct ck_image_plan *q) {
  double work = (double)p->window.images * (double)q->rows * (double)q->columns * (double)q->taps * (double)p->outputs;
  return work < sharedWork ? 1 : ck_threads();
}

#define DEFINE(T, S)                                                                                               \
  struct convolution_##S {                                                                                         \
    T *out;                                                                                                        \
    const T *x, *other; /* filters by tiles, or the adjoint */                                                     \
    const ck_size *offset;                                                                                         \
    const struct ck_convolution *p;                                                                                \
    T *room;                                                                                                       \
    ck_size image, shares, count;                                                                                  \
  };                                                                                                               \
  static void images_##S(void *context, ck_size i) {                                                               \
    struct convolution_##S c = *(struct convolution_##S *)context;                                                 \
    ck_convolve_images_##S(c.out, c.x, c.other, c.offset, c.p, c.room + i * c.image, i * c.count / c.shares,       \
                           (i + 1) * c.count / c.shares);                                                          \
  }                                                                                                                \
  static void channels_##S(void *context, ck_size i) {                                                             \
    struct convolution_##S c = *(struct convolution_##S *)context;                                                 \
    ck_convolve_channels_##S(c.out, c.x, c.other, c.offset, c.p, c.room + i * c.image, i * c.count / c.shares,     \
                             (i + 1) * c.count / c.shares);                                                        \
  }                                                                                                                \
  static struct convolution_##S prepared_##S(T *out, const T *x, const T *other, int areFilters,                   \
                                             const struct ck_convolution *p, const struct ck_image_plan *q,        \
                                             ck_size count, int threads, T *room) {                                \
    ck_size *offset = (ck_size *)(void *)(room + q->filters);                                                      \
    ck_convolve_prepare_##S(room, offset, areFilters ? other : 0, p);                                              \
    ck_size shares = threads == 1 ? 1 : count < q->shares ? count : q->shares;                                     \
    return (struct convolution_##S){                                                                               \
        out, x, areFilters ? room : other, offset, p, room + q->filters + q->offsets, q->image, shares, count};    \
  }                                                                                                                \
  void ck_convolve_##S(T *out, const T *x, const T *filters, const struct ck_convolution *p, T *room) {            \
    struct ck_image_plan q = ck_image_plan(p, sizeof(T));                                                          \
    int threads = threads_for(p, &q);                                                                              \
    struct convolution_##S c = prepared_##S(out, x, filters, 1, p, &q, p->window.images, threads, room);           \
    ck_parallel(c.shares, threads, images_##S, &c);                                                                \
  }                                                                                                                \
  void ck_convolve_filters_##S(T *out, const T *x, const T *adjoint, const struct ck_convolution *p, T *room) {    \
    struct ck_image_plan q = ck_image_plan(p, sizeof(T));                                                          \
    int threads = threads_for(p, &q);                                                                              \
    struct convolution_##S c = prepared_##S(out, x, adjoint, 0, p, &q, p->window.channels, threads, room);         \
    ck_parallel(c.shares, threads, channels_##S, &c);                                                              \
  }
DEFINE(double, f64)
DEFINE(float, f32)
