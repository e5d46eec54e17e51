// Vectors of 64 bytes: 8 lanes of f64, i64, u64 or 16 of f32, i32, u32. Everything here is exact or
// correctly rounded, hence the same on every level. Include inside `ck_level_begin.h` … `ck_level_end.h`.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if CK_NARROW
#include "ck_vector_narrow.h"
#else
typedef double v8d __attribute__((vector_size(64)));
typedef int64_t v8i __attribute__((vector_size(64)));
typedef uint64_t v8u __attribute__((vector_size(64)));
typedef float v16f __attribute__((vector_size(64)));
typedef int32_t v16i __attribute__((vector_size(64)));
typedef uint32_t v16u __attribute__((vector_size(64)));
typedef double v4d __attribute__((vector_size(32)));
typedef float v8f __attribute__((vector_size(32)));
typedef int32_t v8s __attribute__((vector_size(32)));

#define CK_INLINE static inline __attribute__((always_inline))

// Loads and stores without alignment.
CK_INLINE v8d v8d_load(const double *p) { v8d v; memcpy(&v, p, sizeof v); return v; }
CK_INLINE void v8d_store(double *p, v8d v) { memcpy(p, &v, sizeof v); }
CK_INLINE v16f v16f_load(const float *p) { v16f v; memcpy(&v, p, sizeof v); return v; }
CK_INLINE void v16f_store(float *p, v16f v) { memcpy(p, &v, sizeof v); }
CK_INLINE v8i v8i_load(const int64_t *p) { v8i v; memcpy(&v, p, sizeof v); return v; }
CK_INLINE void v8i_store(int64_t *p, v8i v) { memcpy(p, &v, sizeof v); }

CK_INLINE v8d v8d_splat(double x) { return (v8d){x, x, x, x, x, x, x, x}; }
CK_INLINE v16f v16f_splat(float x) { return (v16f){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
CK_INLINE v8i v8i_splat(int64_t x) { return (v8i){x, x, x, x, x, x, x, x}; }
CK_INLINE v8u v8u_splat(uint64_t x) { return (v8u){x, x, x, x, x, x, x, x}; }
CK_INLINE v16i v16i_splat(int32_t x) { return (v16i){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

// Masks are all ones (true) or zero in each lane, as comparisons of vectors give them.
CK_INLINE v8d v8d_select(v8i mask, v8d a, v8d b) { return (v8d)((mask & (v8i)a) | (~mask & (v8i)b)); }
CK_INLINE v16f v16f_select(v16i mask, v16f a, v16f b) { return (v16f)((mask & (v16i)a) | (~mask & (v16i)b)); }
CK_INLINE v8d v8d_truth(v8i mask) { return (v8d)(mask & (v8i)v8d_splat(1)); }
CK_INLINE v16f v16f_truth(v16i mask) { return (v16f)(mask & (v16i)v16f_splat(1)); }
CK_INLINE int v8i_any(v8i mask) { return __builtin_reduce_or(mask) != 0; }
CK_INLINE int v16i_any(v16i mask) { return __builtin_reduce_or(mask) != 0; }

// The first n lanes (0 … width - 1); the other lanes are `rest` and their memory is not touched.
#if defined(__x86_64__) && CK_LEVEL == 4
CK_INLINE v8d v8d_load_part(const double *p, ptrdiff_t n, double rest) {
  return (v8d)_mm512_mask_loadu_pd((__m512d)v8d_splat(rest), (__mmask8)((1u << n) - 1), p);
}
CK_INLINE void v8d_store_part(double *p, v8d v, ptrdiff_t n) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
}
CK_INLINE v16f v16f_load_part(const float *p, ptrdiff_t n, float rest) {
  return (v16f)_mm512_mask_loadu_ps((__m512)v16f_splat(rest), (__mmask16)((1u << n) - 1), p);
}
CK_INLINE void v16f_store_part(float *p, v16f v, ptrdiff_t n) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}
#elif defined(__x86_64__) && CK_LEVEL == 3
#define CK_HALF(v, T, ...) ((T)__builtin_shufflevector(v, v, __VA_ARGS__))
CK_INLINE v8i v8i_first(ptrdiff_t n) { return (v8i){0, 1, 2, 3, 4, 5, 6, 7} < v8i_splat(n); }
CK_INLINE v16i v16i_first(ptrdiff_t n) {
  return (v16i){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < v16i_splat((int32_t)n);
}
CK_INLINE v8d v8d_load_part(const double *p, ptrdiff_t n, double rest) {
  v8i mask = v8i_first(n);
  __m256d low = _mm256_maskload_pd(p, CK_HALF(mask, __m256i, 0, 1, 2, 3));
  __m256d high = _mm256_maskload_pd(p + 4, CK_HALF(mask, __m256i, 4, 5, 6, 7));
  return v8d_select(mask, (v8d)__builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7), v8d_splat(rest));
}
CK_INLINE void v8d_store_part(double *p, v8d v, ptrdiff_t n) {  // masked stores are slow on some processors
  __m256d half = CK_HALF(v, __m256d, 0, 1, 2, 3);
  if (n & 8) { v8d_store(p, v); return; }
  if (n & 4) { _mm256_storeu_pd(p, half); half = CK_HALF(v, __m256d, 4, 5, 6, 7); p += 4; }
  __m128d pair = _mm256_castpd256_pd128(half);
  if (n & 2) { _mm_storeu_pd(p, pair); pair = _mm256_extractf128_pd(half, 1); p += 2; }
  if (n & 1) _mm_store_sd(p, pair);
}
CK_INLINE v16f v16f_load_part(const float *p, ptrdiff_t n, float rest) {
  v16i mask = v16i_first(n);
  __m256 low = _mm256_maskload_ps(p, CK_HALF(mask, __m256i, 0, 1, 2, 3, 4, 5, 6, 7));
  __m256 high = _mm256_maskload_ps(p + 8, CK_HALF(mask, __m256i, 8, 9, 10, 11, 12, 13, 14, 15));
  v16f v = (v16f)__builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return v16f_select(mask, v, v16f_splat(rest));
}
CK_INLINE void v16f_store_part(float *p, v16f v, ptrdiff_t n) {
  __m256 half = CK_HALF(v, __m256, 0, 1, 2, 3, 4, 5, 6, 7);
  if (n & 16) { v16f_store(p, v); return; }
  if (n & 8) { _mm256_storeu_ps(p, half); half = CK_HALF(v, __m256, 8, 9, 10, 11, 12, 13, 14, 15); p += 8; }
  __m128 quad = _mm256_castps256_ps128(half);
  if (n & 4) { _mm_storeu_ps(p, quad); quad = _mm256_extractf128_ps(half, 1); p += 4; }
  if (n & 2) { _mm_storel_pi((__m64 *)p, quad); quad = _mm_movehl_ps(quad, quad); p += 2; }
  if (n & 1) _mm_store_ss(p, quad);
}

// Half vectors, for columns that a whole vector would waste: up to 4 f64 or 8 f32.
CK_INLINE v4d v4d_splat(double x) { return (v4d){x, x, x, x}; }
CK_INLINE v8f v8f_splat(float x) { return (v8f){x, x, x, x, x, x, x, x}; }
CK_INLINE v4d v4d_load_part(const double *p, ptrdiff_t n) {
  return (v4d)_mm256_maskload_pd(p, _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)));
}
CK_INLINE void v4d_store_part(double *p, v4d v, ptrdiff_t n) {
  if (n & 4) { memcpy(p, &v, sizeof v); return; }
  __m128d pair = _mm256_castpd256_pd128((__m256d)v);
  if (n & 2) { _mm_storeu_pd(p, pair); pair = _mm256_extractf128_pd((__m256d)v, 1); p += 2; }
  if (n & 1) _mm_store_sd(p, pair);
}
CK_INLINE v8f v8f_load_part(const float *p, ptrdiff_t n) {
  __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  return (v8f)_mm256_maskload_ps(p, mask);
}
CK_INLINE void v8f_store_part(float *p, v8f v, ptrdiff_t n) {
  if (n & 8) { memcpy(p, &v, sizeof v); return; }
  __m128 quad = _mm256_castps256_ps128((__m256)v);
  if (n & 4) { _mm_storeu_ps(p, quad); quad = _mm256_extractf128_ps((__m256)v, 1); p += 4; }
  if (n & 2) { _mm_storel_pi((__m64 *)p, quad); quad = _mm_movehl_ps(quad, quad); p += 2; }
  if (n & 1) _mm_store_ss(p, quad);
}
#else
CK_INLINE v8d v8d_load_part(const double *p, ptrdiff_t n, double rest) {
  double t[8];
  for (int i = 0; i < 8; i++) t[i] = i < n ? p[i] : rest;
  return v8d_load(t);
}
CK_INLINE void v8d_store_part(double *p, v8d v, ptrdiff_t n) {
  for (int i = 0; i < 8 && i < n; i++) p[i] = v[i];
}
CK_INLINE v16f v16f_load_part(const float *p, ptrdiff_t n, float rest) {
  float t[16];
  for (int i = 0; i < 16; i++) t[i] = i < n ? p[i] : rest;
  return v16f_load(t);
}
CK_INLINE void v16f_store_part(float *p, v16f v, ptrdiff_t n) {
  for (int i = 0; i < 16 && i < n; i++) p[i] = v[i];
}
#endif

CK_INLINE v8d v8d_fma(v8d a, v8d b, v8d c) { return __builtin_elementwise_fma(a, b, c); }
CK_INLINE v16f v16f_fma(v16f a, v16f b, v16f c) { return __builtin_elementwise_fma(a, b, c); }
CK_INLINE v8d v8d_sqrt(v8d a) { return __builtin_elementwise_sqrt(a); }
CK_INLINE v16f v16f_sqrt(v16f a) { return __builtin_elementwise_sqrt(a); }
CK_INLINE v8d v8d_abs(v8d a) { return __builtin_elementwise_abs(a); }
CK_INLINE v16f v16f_abs(v16f a) { return __builtin_elementwise_abs(a); }
CK_INLINE v8d v8d_copysign(v8d magnitude, v8d sign) { return __builtin_elementwise_copysign(magnitude, sign); }
CK_INLINE v16f v16f_copysign(v16f magnitude, v16f sign) { return __builtin_elementwise_copysign(magnitude, sign); }
CK_INLINE v8d v8d_floor(v8d a) { return __builtin_elementwise_floor(a); }
CK_INLINE v16f v16f_floor(v16f a) { return __builtin_elementwise_floor(a); }
CK_INLINE v8d v8d_ceil(v8d a) { return __builtin_elementwise_ceil(a); }
CK_INLINE v16f v16f_ceil(v16f a) { return __builtin_elementwise_ceil(a); }
CK_INLINE v8d v8d_trunc(v8d a) { return __builtin_elementwise_trunc(a); }
CK_INLINE v16f v16f_trunc(v16f a) { return __builtin_elementwise_trunc(a); }
CK_INLINE v8d v8d_round(v8d a) { return __builtin_elementwise_roundeven(a); }
CK_INLINE v16f v16f_round(v16f a) { return __builtin_elementwise_roundeven(a); }

// NaN if either is NaN; -0 < +0.
CK_INLINE v8d v8d_max(v8d a, v8d b) {
  v8d larger = v8d_select(a > b, a, v8d_select(b > a, b, (v8d)((v8i)a & (v8i)b)));
  return v8d_select((a != a) | (b != b), a + b, larger);
}
CK_INLINE v8d v8d_min(v8d a, v8d b) {
  v8d smaller = v8d_select(a < b, a, v8d_select(b < a, b, (v8d)((v8i)a | (v8i)b)));
  return v8d_select((a != a) | (b != b), a + b, smaller);
}
CK_INLINE v16f v16f_max(v16f a, v16f b) {
  v16f larger = v16f_select(a > b, a, v16f_select(b > a, b, (v16f)((v16i)a & (v16i)b)));
  return v16f_select((a != a) | (b != b), a + b, larger);
}
CK_INLINE v16f v16f_min(v16f a, v16f b) {
  v16f smaller = v16f_select(a < b, a, v16f_select(b < a, b, (v16f)((v16i)a | (v16i)b)));
  return v16f_select((a != a) | (b != b), a + b, smaller);
}

// Both halves of 16 f32 as f64, and back (one rounding).
CK_INLINE v8d v16f_low(v16f a) {
  return __builtin_convertvector(__builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7), v8d);
}
CK_INLINE v8d v16f_high(v16f a) {
  return __builtin_convertvector(__builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15), v8d);
}
CK_INLINE v16f v16f_join(v8d low, v8d high) {
  v8f l = __builtin_convertvector(low, v8f), h = __builtin_convertvector(high, v8f);
  return __builtin_shufflevector(l, h, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// Lanes by halves: i with i + width/2.
CK_INLINE double v8d_sum(v8d v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}
CK_INLINE float v16f_sum(v16f v) {
  v8f low = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  v8f h = low + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  return ((h[0] + h[4]) + (h[2] + h[6])) + ((h[1] + h[5]) + (h[3] + h[7]));
}
#endif
