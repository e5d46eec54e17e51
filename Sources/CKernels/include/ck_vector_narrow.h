// In place of ck_vector.h where `CK_NARROW` is 1: the same names for vectors of 16 bytes, 2 lanes of f64 or 4 of f32, as
// far as ck_vmath.h asks for them. A lane has the same bits; one number in all lanes takes half the time.
#pragma once

typedef double v8d __attribute__((vector_size(16)));
typedef int64_t v8i __attribute__((vector_size(16)));
typedef uint64_t v8u __attribute__((vector_size(16)));
typedef float v16f __attribute__((vector_size(16)));
typedef int32_t v16i __attribute__((vector_size(16)));
typedef uint32_t v16u __attribute__((vector_size(16)));
typedef float v8f __attribute__((vector_size(8)));

#define CK_INLINE static inline __attribute__((always_inline))

CK_INLINE v8d v8d_splat(double x) { return (v8d){x, x}; }
CK_INLINE v16f v16f_splat(float x) { return (v16f){x, x, x, x}; }
CK_INLINE v8i v8i_splat(int64_t x) { return (v8i){x, x}; }
CK_INLINE v8u v8u_splat(uint64_t x) { return (v8u){x, x}; }

CK_INLINE v8d v8d_select(v8i mask, v8d a, v8d b) { return (v8d)((mask & (v8i)a) | (~mask & (v8i)b)); }
CK_INLINE v16f v16f_select(v16i mask, v16f a, v16f b) { return (v16f)((mask & (v16i)a) | (~mask & (v16i)b)); }
CK_INLINE v8d v8d_truth(v8i mask) { return (v8d)(mask & (v8i)v8d_splat(1)); }
CK_INLINE int v8i_any(v8i mask) { return __builtin_reduce_or(mask) != 0; }
CK_INLINE int v16i_any(v16i mask) { return __builtin_reduce_or(mask) != 0; }

CK_INLINE v8d v8d_fma(v8d a, v8d b, v8d c) { return __builtin_elementwise_fma(a, b, c); }
CK_INLINE v8d v8d_sqrt(v8d a) { return __builtin_elementwise_sqrt(a); }
CK_INLINE v8d v8d_abs(v8d a) { return __builtin_elementwise_abs(a); }
CK_INLINE v8d v8d_copysign(v8d magnitude, v8d sign) { return __builtin_elementwise_copysign(magnitude, sign); }
CK_INLINE v8d v8d_round(v8d a) { return __builtin_elementwise_roundeven(a); }
CK_INLINE v8d v8d_trunc(v8d a) { return __builtin_elementwise_trunc(a); }

CK_INLINE v8d v16f_low(v16f a) { return __builtin_convertvector(__builtin_shufflevector(a, a, 0, 1), v8d); }
CK_INLINE v8d v16f_high(v16f a) { return __builtin_convertvector(__builtin_shufflevector(a, a, 2, 3), v8d); }
CK_INLINE v16f v16f_join(v8d low, v8d high) {
  v8f l = __builtin_convertvector(low, v8f), h = __builtin_convertvector(high, v8f);
  return __builtin_shufflevector(l, h, 0, 1, 2, 3);
}
