// Part of ck_vmath.h: numbers rounded to formats with fewer bits.
#pragma once

/// A format by its code: bits behind the point + 64 · bits of the exponent; negative where it rounds towards 0.
struct ck_format {
  int mantissa, exponent, truncates;
};

CK_INLINE struct ck_format ck_format_of(double code) {
  const int whole = (int)(__builtin_fabs(code) + 0.5);
  return (struct ck_format){whole & 63, whole >> 6 < 2 ? 2 : whole >> 6, code < 0};
}

/// 2ᵏ for −1022 ≤ k ≤ 1023.
CK_INLINE double ck_power_of_two(int k) {
  const uint64_t bits = (uint64_t)(k + 1023) << 52;
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// ROUND_TO: x to the nearest number of the format, to even of two as near; towards 0 where it truncates; infinite above the
// largest. SPACING: the distance of its numbers around x with the sign of x, 0 where x is not finite. A format's exponents
// are at most those of the type.
#define CK_FORMATS(V, U, UINT, T, MANTISSA, EXPONENT)                                                              \
  CK_INLINE V V##_round_to(V x, struct ck_format f) {                                                              \
    const UINT top = (UINT)1 << (MANTISSA + EXPONENT);                                                             \
    const int drop = MANTISSA - f.mantissa;                                                                        \
    const U size = (U)x & (top - 1), sign = (U)x & top;                                                            \
    const V a = (V)size;                                                                                           \
    V y = a;                                                                                                       \
    if (drop > 0) {                                                                                                \
      const UINT rest = ((UINT)1 << drop) - 1;                                                                     \
      y = (V)(f.truncates ? size & ~rest : (size + (rest >> 1) + ((size >> drop) & 1)) & ~rest);                   \
    }                                                                                                              \
    if (f.exponent < EXPONENT) {                                                                                   \
      const int bias = (1 << (f.exponent - 1)) - 1;                                                                \
      const T least = (T)ck_power_of_two(1 - bias), unit = (T)ck_power_of_two(1 - bias - f.mantissa);              \
      const T far = (T)ck_power_of_two(1 - bias - f.mantissa + MANTISSA);                                          \
      V s = (a + far) - far;                                                                                       \
      if (f.truncates) s = V##_select(s > a, s - unit, s);                                                         \
      y = V##_select(a < least, s, y);                                                                             \
      const T largest = (T)(ck_power_of_two(bias) * (2 - ck_power_of_two(-f.mantissa)));                           \
      y = V##_select(y > largest, V##_splat((T)INFINITY), y);                                                      \
    }                                                                                                              \
    y = V##_select(a - a == 0, y, a);                                                                              \
    return (V)((U)y | sign);                                                                                       \
  }                                                                                                                \
  CK_INLINE V V##_spacing(V x, struct ck_format f) {                                                               \
    const UINT top = (UINT)1 << (MANTISSA + EXPONENT);                                                             \
    const V a = (V)((U)x & (top - 1)), power = (V)((U)a >> MANTISSA << MANTISSA);                                  \
    const V least = V##_splat((T)ck_power_of_two(2 - (1 << (f.exponent - 1))));                                    \
    const V s = V##_select(power < least, least, power) * (T)ck_power_of_two(-f.mantissa);                         \
    return (V)((U)V##_select(a - a == 0, s, V##_splat(0)) | ((U)x & top));                                         \
  }
CK_FORMATS(v8d, v8u, uint64_t, double, 52, 11)
CK_FORMATS(v16f, v16u, uint32_t, float, 23, 8)
#undef CK_FORMATS
