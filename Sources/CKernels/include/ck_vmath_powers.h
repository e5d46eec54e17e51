// Part of ck_vmath.h: powers whose exponent is a small multiple of ½, ⅓ or ¼, by roots and products.
//
// The exponent decides, for every element alike, and however it is given: for all elements at once or for each. What is
// meant is the fraction: x^(1/3) is the cube root, though no f64 is ⅓. Within 0.51 units of the last place.
#pragma once

/// An exponent: sign · (whole + part / root), whole 0 … 2 and 0 < part < root ≤ 4; root 0 for others.
struct ck_exponent {
  int root, part, whole, isNegative;
};

/// The fraction that an exponent of the given precision stands for. `unit`: half a unit in the last place of 1, as far
/// as the exponent of a derivative, a fraction less 1, may be off.
CK_INLINE struct ck_exponent ck_exponent_of(double y, double unit) {
  struct ck_exponent none = {0, 0, 0, 0};
  double size = __builtin_fabs(y);
  if (!(size < 3)) return none;
  int twelfths = (int)(size * 12 + 0.5), whole = twelfths / 12, part = twelfths % 12;
  int root = part == 6 ? 2 : part % 4 == 0 ? 3 : part % 3 == 0 ? 4 : 0;
  if (root == 0 || part == 0) return none;
  double off = __builtin_fabs(size - twelfths / 12.0);
  if (off > (size < 1 ? unit : 2 * unit)) return none;
  return (struct ck_exponent){root, part * root / 12, whole, y < 0};
}

/// Whether any exponent may be such a fraction.
CK_INLINE int v8d_has_fractions(v8d y) {
  v8d twelfths = v8d_abs(y) * 12, off = v8d_abs(twelfths - v8d_round(twelfths));
  return v8i_any((twelfths < 36) & (off < 0x1p-18) & (v8d_trunc(y) != y));
}

/// √x as a sum, for positive x of moderate size.
CK_INLINE v8dd v8dd_square_root(v8d x) {
  v8d s = v8d_sqrt(x);
  return (v8dd){s, v8d_fma(-s, s, x) / (2 * s)};
}

/// The upper half of the bits as a number.
CK_INLINE v8d v8d_high_word(v8d x) { return (v8d)(((v8u)x >> 32) | 0x4330000000000000u) - 0x1p52; }

/// About x^(-1/3): 3 % by the bits, then `steps` steps of Halley's, r ← r (1 + e/3 + 2 e²/9) with e = 1 − x r³.
CK_INLINE v8d v8d_inverse_cube_root(v8d x, int steps) {
  v8i third;
  v8d_nearest(v8d_high_word(x) * (1.0 / 3), &third);
  v8d r = (v8d)((0x553ef0ffu - (v8u)third) << 32);
  for (int i = 0; i < steps; i++) {
    v8d e = v8d_fma(-(x * r), r * r, v8d_splat(1));
    r = v8d_fma(r * e, v8d_fma(e, v8d_splat(2.0 / 9), v8d_splat(1.0 / 3)), r);
  }
  return r;
}

/// ∛x as a sum.
CK_INLINE v8dd v8dd_cube_root(v8d x) {
  v8d r = v8d_inverse_cube_root(x, 3), square = r * r, y = x * square;
  v8d s = y * y, sl = v8d_fma(y, y, -s), c = s * y, cl = v8d_fma(s, y, -c);
  return (v8dd){y, ((x - c) - v8d_fma(sl, y, cl)) * (1.0 / 3) * square};
}

/// x times a sum.
CK_INLINE v8dd v8dd_times(v8d x, v8dd y) {
  v8d p = x * y.hi;
  return (v8dd){p, v8d_fma(x, y.lo, v8d_fma(x, y.hi, -p))};
}

/// The power of positive x between 2⁻²⁰⁰ and 2²⁰⁰.
CK_INLINE v8d v8d_root_power(v8d x, struct ck_exponent e) {
  v8dd y;
  if (e.root == 3) {
    y = v8dd_cube_root(x);
    if (e.part == 2) {
      v8d s = y.hi * y.hi;
      y = (v8dd){s, v8d_fma(2 * y.hi, y.lo, v8d_fma(y.hi, y.hi, -s))};
    }
  } else {
    v8dd half = v8dd_square_root(x);
    y = half;
    if (e.root == 4) {
      v8dd quarter = v8dd_square_root(half.hi);
      quarter.lo += half.lo / (2 * quarter.hi);
      y = quarter;
      if (e.part == 3) {  // ½ + ¼
        v8d p = half.hi * quarter.hi, rest = v8d_fma(half.hi, quarter.hi, -p);
        y = (v8dd){p, rest + v8d_fma(half.hi, quarter.lo, half.lo * quarter.hi)};
      }
    }
  }
  for (int i = 0; i < e.whole; i++) y = v8dd_times(x, y);
  if (!e.isNegative) return y.hi + y.lo;
  v8d r = 1 / y.hi, rest = v8d_fma(-y.hi, r, v8d_splat(1)) - y.lo * r;
  return v8d_fma(r, rest, r);
}

/// The same for any positive finite x: with x = a 2^(12 k), whose root is whole, the bits are those of the power of a.
CK_INLINE v8d v8d_root_power_scaled(v8d x, struct ck_exponent e) {
  v8i small = x < 0x1p-1022, k, shift;
  v8d a = v8d_select(small, x * 0x1p60, x);
  v8d twelves = v8d_nearest((v8d_high_word(a) * 0x1p-20 - 1023) * (1.0 / 12), &k);
  v8d power = (twelves - v8d_select(small, v8d_splat(5), v8d_splat(0))) * (double)(12 * e.whole + 12 / e.root * e.part);
  v8d_nearest(v8d_clamp(e.isNegative ? -power : power, -2000, 2000), &shift);
  return v8d_scale(v8d_root_power(v8d_scale(a, -12 * k), e), shift);
}

/// x to the power y, where y stands for the fraction e.
static __attribute__((noinline)) v8d v8d_pow_fraction(v8d x, v8d y, struct ck_exponent e) {
  if (!v8i_any(~((x >= 0x1p-200) & (x <= 0x1p200)))) return v8d_root_power(x, e);
  v8i usual = (x > 0) & (x < (double)INFINITY);
  return v8d_select(usual, v8d_root_power_scaled(v8d_select(usual, x, v8d_splat(1)), e), v8d_pow_by_logarithm(x, y));
}

/// The power of positive finite f32 as f64, about 2⁻⁴⁰ off before it is rounded.
CK_INLINE v8d v8h_root_power(v8d x, struct ck_exponent e) {
  v8d y;
  if (e.root == 3) {
    v8d r = v8d_inverse_cube_root(x, 2);
    y = e.part == 1 ? x * (r * r) : x * r;
  } else {
    v8d half = v8d_sqrt(x);
    y = e.root == 2 ? half : e.part == 1 ? v8d_sqrt(half) : half * v8d_sqrt(half);
  }
  for (int i = 0; i < e.whole; i++) y *= x;
  return e.isNegative ? 1 / y : y;
}

static __attribute__((noinline)) v16f v16f_pow_fraction(v16f x, v16f y, struct ck_exponent e) {
  v16i usual = (x > 0) & (x < (float)INFINITY);
  v16f r = v16f_join(v8h_root_power(v16f_low(x), e), v8h_root_power(v16f_high(x), e));
  return v16i_any(~usual) ? v16f_select(usual, r, v16f_pow_by_logarithm(x, y)) : r;
}

CK_INLINE struct ck_exponent v8d_exponent(double y) { return ck_exponent_of(y, 0x1p-53); }
CK_INLINE struct ck_exponent v16f_exponent(float y) { return ck_exponent_of((double)y, 0x1p-24); }

/// x to the power y, as C's pow but for what y stands for.
CK_INLINE v8d v8d_pow(v8d x, v8d y) {
  v8d r = v8d_pow_by_logarithm(x, y);
  if (!v8d_has_fractions(y)) return r;
  for (int i = 0; i < (int)(sizeof r / sizeof r[0]); i++) {
    struct ck_exponent e = v8d_exponent(y[i]);
    if (e.root) r[i] = v8d_pow_fraction(v8d_splat(x[i]), v8d_splat(y[i]), e)[0];
  }
  return r;
}

CK_INLINE v16f v16f_pow(v16f x, v16f y) {
  v16f r = v16f_pow_by_logarithm(x, y);
  if (!v8d_has_fractions(v16f_low(y)) && !v8d_has_fractions(v16f_high(y))) return r;
  for (int i = 0; i < (int)(sizeof r / sizeof r[0]); i++) {
    struct ck_exponent e = v16f_exponent(y[i]);
    if (e.root) r[i] = v16f_pow_fraction(v16f_splat(x[i]), v16f_splat(y[i]), e)[0];
  }
  return r;
}
