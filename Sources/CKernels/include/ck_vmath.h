// Elementary functions on 8 f64 or 16 f32 lanes, within 1.5 ULP (most within 0.8), with the special values
// of C's <math.h>. Only operations that are exact or correctly rounded are used, so each lane has the same
// bits on every level and whatever the other lanes hold. Coefficients are interpolants at Chebyshev nodes,
// computed with 300 bits. The f32 functions work in f64 and round once: their error is 0.5 ULP and a little.
// Include inside `ck_level_begin.h` … `ck_level_end.h`.
#pragma once
#include <math.h>
#include "ck_vector.h"

// A value as an unevaluated sum, |lo| ≤ ulp(hi).
typedef struct { v8d hi, lo; } v8dd;

/// c[0] + c[1] x + … + c[n-1] xⁿ⁻¹, by Horner's rule with fused steps.
CK_INLINE v8d v8d_polynomial(v8d x, const double *c, int n) {
  v8d p = v8d_splat(c[n - 1]);
  for (int i = n - 2; i >= 0; i--) p = v8d_fma(p, x, v8d_splat(c[i]));
  return p;
}

/// hi + lo = a + b exactly, for |a| ≥ |b| or a = 0.
CK_INLINE v8dd v8dd_fast_sum(v8d a, v8d b) {
  v8d s = a + b;
  return (v8dd){s, (a - s) + b};
}

/// hi + lo = a + b exactly.
CK_INLINE v8dd v8dd_sum(v8d a, v8d b) {
  v8d s = a + b, t = s - a;
  return (v8dd){s, (a - (s - t)) + (b - t)};
}

/// n / d for two sums, rounded once (nearly).
CK_INLINE v8d v8dd_quotient(v8dd n, v8dd d) {
  v8d r = 1 / d.hi, q = n.hi * r;
  v8d rest = v8d_fma(-q, d.hi, n.hi) + (n.lo - q * d.lo);
  return v8d_fma(rest, r, q);
}

// MARK: exponentials

#define CK_ROUNDER 0x1.8p52

/// Rounds to a whole number of magnitude below 2⁵¹, which `*whole` receives.
CK_INLINE v8d v8d_nearest(v8d x, v8i *whole) {
  v8d biased = x + CK_ROUNDER;
  *whole = (v8i)biased - (v8i)v8d_splat(CK_ROUNDER);
  return biased - CK_ROUNDER;
}

/// x · 2ᵏ for |k| ≤ 2044, rounded once.
CK_INLINE v8d v8d_scale(v8d x, v8i k) {
  v8u half = ((v8u)(k + 4096) >> 1) - 2048;
  v8u rest = (v8u)k - half;
  return x * (v8d)((half + 1023) << 52) * (v8d)((rest + 1023) << 52);
}

/// exp(r + c) - 1 as a sum (not normalised) for |r| ≤ 0.347 and tiny c.
CK_INLINE v8dd v8dd_expm1_reduced(v8d r, v8d c) {
  static const double p[] = {
      0x1.0000000000000p-1, 0x1.5555555555557p-3, 0x1.5555555555556p-5, 0x1.11111111100d3p-7,
      0x1.6c16c16c162cfp-10, 0x1.a01a01abeccc3p-13, 0x1.a01a01a6db488p-16, 0x1.71de02225a2f3p-19,
      0x1.27e4db5bb725ap-22, 0x1.af4e092e1705bp-26, 0x1.1f7315649f2d7p-29};
  return (v8dd){r, v8d_fma(r * r, v8d_polynomial(r, p, 11), v8d_fma(c, r, c))};
}

/// x + extra = k ln 2 + r + c. x is held within ±1100; NaN stays NaN.
CK_INLINE v8d v8d_exp_reduce(v8d x, v8d extra, v8i *k, v8d *c) {
  v8d kd = v8d_nearest(x * 0x1.71547652b82fep+0, k);
  v8d high = v8d_fma(-kd, v8d_splat(0x1.62e42fefa3800p-1), x);
  v8d low = v8d_fma(-kd, v8d_splat(0x1.ef35793c76730p-45), extra);
  v8d r = high + low;
  *c = (high - r) + low;
  return r;
}

CK_INLINE v8d v8d_clamp(v8d x, double low, double high) {
  return v8d_select(x < low, v8d_splat(low), v8d_select(x > high, v8d_splat(high), x));
}

/// 2ˢ exp(x + extra) for a tiny `extra`.
CK_INLINE v8d v8d_exp_scaled(v8d x, v8d extra, int s) {
  v8i k;
  v8d c, r = v8d_exp_reduce(v8d_clamp(x, -1100, 1100), extra, &k, &c);
  v8dd t = v8dd_expm1_reduced(r, c);
  v8dd one = v8dd_fast_sum(v8d_splat(1), t.hi);
  return v8d_scale(one.hi + (one.lo + t.lo), k + s);
}

/// eˣ.
CK_INLINE v8d v8d_exp(v8d x) { return v8d_exp_scaled(x, v8d_splat(0), 0); }

/// exp(x) as a sum, for -708 ≤ x ≤ 708; NaN stays NaN.
CK_INLINE v8dd v8dd_exp(v8d x) {
  v8i k;
  v8d c, r = v8d_exp_reduce(x, v8d_splat(0), &k, &c);
  v8dd t = v8dd_expm1_reduced(r, c), one = v8dd_fast_sum(v8d_splat(1), t.hi);
  v8dd e = v8dd_fast_sum(one.hi, one.lo + t.lo);
  v8d s = (v8d)(((v8u)k + 1023) << 52);
  return (v8dd){e.hi * s, e.lo * s};
}

/// exp(x) - 1 as a sum times one half, for -1100 ≤ x ≤ 1100.
CK_INLINE v8dd v8dd_expm1_half(v8d x) {
  v8i k;
  v8d c, r = v8d_exp_reduce(x, v8d_splat(0), &k, &c);
  v8dd t = v8dd_expm1_reduced(r, c);
  v8d s = v8d_scale(v8d_splat(0.5), k);
  v8dd e = v8dd_sum(s - 0.5, t.hi * s);
  return v8dd_fast_sum(e.hi, e.lo + t.lo * s);
}

/// eˣ - 1.
CK_INLINE v8d v8d_expm1(v8d x) {
  v8dd h = v8dd_expm1_half(v8d_clamp(x, -80, 709.8));
  v8d tiny = v8d_fma(x * 0.5, x, x);
  v8d y = v8d_select(h.hi > 0x1p1023, h.hi * 2, 2 * (h.hi + h.lo));
  return v8d_select(v8d_abs(x) < 0x1p-54, x, v8d_select(v8d_abs(x) < 0x1p-30, tiny, y));
}

/// 1 / (1 + e⁻ˣ).
CK_INLINE v8d v8d_sigmoid(v8d x) {
  v8d a = v8d_abs(x);
  v8dd e = v8dd_exp(-v8d_clamp(a, 0, 708));
  v8dd one = v8dd_fast_sum(v8d_splat(1), e.hi);
  one.lo += e.lo;
  v8i negative = x < 0;
  v8dd n = {v8d_select(negative, e.hi, v8d_splat(1)), v8d_select(negative, e.lo, v8d_splat(0))};
  v8d y = v8dd_quotient(n, one);
  return v8d_select(x < -708, v8d_exp(x), y);
}

/// tanh x = m / (m + 2) with m = e²ˣ - 1.
CK_INLINE v8d v8d_tanh(v8d x) {
  v8d a = v8d_abs(x);
  v8dd m = v8dd_expm1_half(v8d_clamp(a, 0, 20) * 2);
  v8dd d = v8dd_sum(m.hi, v8d_splat(1));
  d.lo += m.lo;
  v8d cubic = v8d_fma(a * a * v8d_splat(-0x1.5555555555555p-2), a, a);
  v8d y = v8d_select(a < 0x1p-14, cubic, v8dd_quotient(m, d));
  return v8d_copysign(y, x);
}

/// (eˣ - e⁻ˣ) / 2.
CK_INLINE v8d v8d_sinh(v8d x) {
  v8d a = v8d_abs(x);
  v8dd h = v8dd_expm1_half(v8d_clamp(a, 0, 40));
  v8dd n = {h.hi * 2, h.lo * 2}, d = v8dd_sum(n.hi, v8d_splat(1));
  d.lo += n.lo;
  v8d q = v8dd_quotient(n, d);  // m / (m + 1); sinh = (m + that) / 2
  v8dd sum = v8dd_sum(h.hi, 0.5 * q);
  v8d y = sum.hi + (sum.lo + h.lo);
  y = v8d_select(a > 40, v8d_exp_scaled(a, v8d_splat(0), -1), y);
  return v8d_copysign(v8d_select(a < 0x1p-28, a, y), x);
}

/// (eˣ + e⁻ˣ) / 2.
CK_INLINE v8d v8d_cosh(v8d x) {
  v8d a = v8d_abs(x);
  v8dd e = v8dd_exp(v8d_clamp(a, 0, 40));
  v8dd sum = v8dd_fast_sum(0.5 * e.hi, 0.5 / e.hi);
  v8d y = sum.hi + (sum.lo + 0.5 * e.lo);
  return v8d_select(a > 40, v8d_exp_scaled(a, v8d_splat(0), -1), y);
}

// MARK: logarithms

/// A positive normal x as 2ᵏ (1 + f) with √½ ≤ 1 + f < √2.
CK_INLINE v8d v8d_split_normal(v8d x, v8d *k) {
  v8u u = (v8u)x + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
  *k = (v8d)((u >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);
  return (v8d)((u & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1;
}

/// The same for any positive finite x.
CK_INLINE v8d v8d_split(v8d x, v8d *k) {
  v8i small = x < 0x1p-1022;
  v8d f = v8d_split_normal(v8d_select(small, x * 0x1p54, x), k);
  *k -= v8d_select(small, v8d_splat(54), v8d_splat(0));
  return f;
}

/// k ln 2 + log(1 + f) + c for a tiny c.
CK_INLINE v8d v8d_log_finish(v8d k, v8d f, v8d c) {
  static const double p[] = {
      0x1.5555555555555p-1, 0x1.9999999999a38p-2, 0x1.2492492476ba1p-2, 0x1.c71c72017a15cp-3, 0x1.745cf8f6c9119p-3,
      0x1.3b1c38474d3eep-3, 0x1.0fbe478772696p-3, 0x1.0c06cf14c641bp-3};
  v8d s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  v8d rest = z * v8d_polynomial(z, p, 8);
  v8d low = v8d_fma(s, half + rest, v8d_fma(k, v8d_splat(0x1.a39ef35793c76p-33), c));
  v8d high = k * 0x1.62e42fee00000p-1;
  v8dd sum = v8dd_fast_sum(high, f);
  return sum.hi + (sum.lo - (half - low));
}

/// Puts in the logarithm's values at 0, below 0, at +∞ and NaN.
CK_INLINE v8d v8d_log_special(v8d x, v8d y) {
  y = v8d_select((x == (double)INFINITY) | (x != x), x, y);
  y = v8d_select(x == 0, v8d_splat(-(double)INFINITY), y);
  return v8d_select(x < 0, v8d_splat((double)NAN), y);
}

/// ln x.
CK_INLINE v8d v8d_log(v8d x) {
  v8d k, f = v8d_split(x, &k);
  return v8d_log_special(x, v8d_log_finish(k, f, v8d_splat(0)));
}

/// ln(1 + x + extra) for a tiny `extra`.
CK_INLINE v8d v8d_log1p_extra(v8d x, v8d extra) {
  v8dd u = v8dd_sum(v8d_splat(1), x);
  v8d k, f = v8d_split(u.hi, &k);
  v8d y = v8d_log_finish(k, f, (u.lo + extra) / u.hi);
  return v8d_log_special(u.hi, y);
}

/// ln(1 + x).
CK_INLINE v8d v8d_log1p(v8d x) {
  v8d y = v8d_log1p_extra(x, v8d_splat(0));
  y = v8d_select(v8d_abs(x) < 0x1p-54, x, y);
  return v8d_select(x == (double)INFINITY, x, y);
}

/// ln(1 + eˣ).
CK_INLINE v8d v8d_softplus(v8d x) {
  v8d a = v8d_abs(x);
  v8dd e = v8dd_exp(-v8d_clamp(a, 0, 708));
  v8d y = v8d_log1p_extra(e.hi, e.lo);
  y = v8d_select(a > 37, e.hi, y);
  y = v8d_select(a > 708, v8d_exp(-a), y);
  return v8d_select(x != x, x, y + v8d_select(x > 0, x, v8d_splat(0)));
}

/// ln x as a sum with about 65 bits, for positive finite x.
CK_INLINE v8dd v8dd_log(v8d x) {
  static const double p[] = {
      0x1.999999999999ap-2, 0x1.2492492492522p-2, 0x1.c71c71c6ea871p-3, 0x1.745d177aad02ap-3, 0x1.3b1395c881220p-3,
      0x1.1118c9ee5b8a4p-3, 0x1.df7c5bc7c7563p-4, 0x1.e032e4d8436a1p-4};
  v8d k, f = v8d_split(x, &k);
  v8dd d = v8dd_fast_sum(v8d_splat(2), f);
  v8d reciprocal = 1 / d.hi, s = f * reciprocal;
  v8d sl = (v8d_fma(-s, d.hi, f) - s * d.lo) * reciprocal;
  v8d z = s * s, zl = v8d_fma(s, s, -z) + 2 * s * sl;
  const double third = 0x1.5555555555555p-1, thirdLow = 0x1.5555555555555p-55;  // two thirds
  v8d a = z * third, al = v8d_fma(z, v8d_splat(third), -a) + (z * thirdLow + zl * third);
  v8dd r = v8dd_fast_sum(a, z * z * v8d_polynomial(z, p, 8));
  r.lo += al;
  v8d t = s * r.hi, tl = v8d_fma(s, r.hi, -t) + (s * r.lo + sl * r.hi);
  v8dd l = v8dd_fast_sum(2 * s, t);
  l.lo += 2 * sl + tl;
  v8dd y = v8dd_fast_sum(k * 0x1.62e42fefa3800p-1, l.hi);
  y.lo += v8d_fma(k, v8d_splat(0x1.ef35793c76730p-45), l.lo);
  return v8dd_fast_sum(y.hi, y.lo);
}

// MARK: powers

/// |x| to the power y by exp(y ln |x|), for finite x ≠ 0.
CK_INLINE v8d v8d_pow_positive(v8d a, v8d y) {
  v8dd l = v8dd_log(a);
  v8d p = y * l.hi, pl = v8d_fma(y, l.hi, -p) + y * l.lo;
  v8i large = v8d_abs(p) > 1000;
  pl = v8d_select(large, v8d_splat(0), pl);
  return v8d_exp_scaled(p, pl, 0);
}

/// x to the power y, as C's pow; exponents -1, 2, 3, 4 multiply.
CK_INLINE v8d v8d_pow_by_logarithm(v8d x, v8d y) {
  const double inf = (double)INFINITY;
  v8d a = v8d_abs(x), zero = v8d_splat(0), one = v8d_splat(1);
  v8i up = y > 0;
  v8d r = v8d_pow_positive(a, y);
  r = v8d_select(a == 0, v8d_select(up, zero, v8d_splat(inf)), r);
  r = v8d_select(a == inf, v8d_select(up, v8d_splat(inf), zero), r);
  v8d steep = v8d_select(up == (a > 1), v8d_splat(inf), zero);
  r = v8d_select(v8d_abs(y) == inf, v8d_select(a == 1, one, steep), r);
  v8i whole = v8d_trunc(y) == y;
  v8i odd = whole & (v8d_trunc(0.5 * y) * 2 != y);
  v8d negative = v8d_select(odd, -r, v8d_select(whole | (a == 0) | (a == inf), r, v8d_splat((double)NAN)));
  r = v8d_select(v8d_copysign(one, x) < 0, negative, r);
  r = v8d_select((x != x) | (y != y), x + y, r);
  r = v8d_select(y == 2, x * x, r);
  r = v8d_select(y == 3, x * x * x, r);
  r = v8d_select(y == 4, (x * x) * (x * x), r);
  r = v8d_select(y == -1, 1 / x, r);
  r = v8d_select(y == 1, x, r);
  return v8d_select((x == 1) | (y == 0), one, r);
}

/// Cube root, by a power and one corrected Newton step.
CK_INLINE v8d v8d_cbrt(v8d x) {
  v8d a = v8d_abs(x);
  v8i small = a < 0x1p-900;
  a = v8d_select(small, a * 0x1p300, a);
  a = v8d_select(a > 0x1p900, a * 0x1p-300, a);
  v8d k, f = v8d_split(a, &k);
  v8d y = v8d_exp_scaled(v8d_log_finish(k, f, v8d_splat(0)) * 0x1.5555555555555p-2, v8d_splat(0), 0);
  v8d square = y * y, squareLow = v8d_fma(y, y, -square);
  v8d cube = square * y, cubeLow = v8d_fma(square, y, -cube) + squareLow * y;
  y -= ((cube - a) + cubeLow) / (3 * square);
  y = v8d_select(small, y * 0x1p-100, v8d_select(v8d_abs(x) > 0x1p900, y * 0x1p100, y));
  y = v8d_select((x == 0) | (v8d_abs(x) == (double)INFINITY) | (x != x), x, v8d_copysign(y, x));
  return y;
}

/// 1 / √x, with one Newton step whose residual is exact.
CK_INLINE v8d v8d_rsqrt(v8d x) {
  v8d y = 1 / v8d_sqrt(x), t = x * y, tl = v8d_fma(x, y, -t);
  v8d e = v8d_fma(-t, y, v8d_splat(1)) - tl * y;
  return v8d_select(e - e == 0, v8d_fma(0.5 * y, e, y), y);
}

#include "ck_vmath_trig.h"
#include "ck_vmath_f32.h"
#include "ck_vmath_powers.h"
#include "ck_vmath_formats.h"
