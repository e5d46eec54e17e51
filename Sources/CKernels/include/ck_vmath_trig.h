// Part of ck_vmath.h: trigonometric functions, their inverses, and the error function.
#pragma once

// MARK: sine, cosine, tangent

/// x = q π/2 + r + low for finite |x| ≥ 2³⁰, by the method of Payne and Hanek: with x = M 2ᴱ, bits of 2/π that
/// give multiples of 4 are skipped, and M times the next 192 bits is x · 2/π modulo 4.
static inline double ck_reduce_large(double x, double *low, int64_t *q) {
  static const uint64_t table[22] = {
      0, 0xa2f9836e4e441529u, 0xfc2757d1f534ddc0u, 0xdb6295993c439041u, 0xfe5163abdebbc561u, 0xb7246e3a424dd2e0u,
      0x06492eea09d1921cu, 0xfe1deb1cb129a73eu, 0xe88235f52ebb4484u, 0xe99c7026b45f7e41u, 0x3991d639835339f4u,
      0x9c845f8bbdf9283bu, 0x1ff897ffde05980fu, 0xef2f118b5a0a6d1fu, 0x6d367ecf27cb09b7u, 0x4f463f669e5fea2du,
      0x7527bac7ebe5f17bu, 0x3d0739f78a5292eau, 0x6bfb5fb11f8d5d08u, 0x56033046fc7b6babu, 0xf0cfbc209af4361du, 0};
  uint64_t bits, window[3];
  memcpy(&bits, &x, sizeof bits);
  uint64_t mantissa = (bits & 0x000fffffffffffffu) | 0x0010000000000000u;
  int first = (int)(bits >> 52 & 2047) - 1075 - 2 + 64, word = first / 64, shift = first % 64;
  for (int i = 0; i < 3; i++) {
    uint64_t above = table[word + i], below = table[word + i + 1];
    window[i] = shift ? above << shift | below >> (64 - shift) : above;
  }
  unsigned __int128 p2 = (unsigned __int128)mantissa * window[2];
  unsigned __int128 p1 = (unsigned __int128)mantissa * window[1] + (uint64_t)(p2 >> 64);
  uint64_t top = mantissa * window[0] + (uint64_t)(p1 >> 64);
  unsigned __int128 fraction = (unsigned __int128)top << 66 | (unsigned __int128)(uint64_t)p1 << 2 | (uint64_t)p2 >> 62;
  int64_t quarter = (int64_t)(top >> 62);
  uint64_t sign = bits >> 63;
  if (fraction >> 127) {  // above one half: nearer to the next multiple
    quarter += 1;
    fraction = -fraction;
    sign ^= 1;
  }
  int zeros = fraction >> 64 ? __builtin_clzll((uint64_t)(fraction >> 64)) : 63;
  fraction <<= zeros;
  double scale = 1.0 / (double)((uint64_t)1 << zeros);
  double hi = (double)(uint64_t)(fraction >> 75) * 0x1p-53 * scale;
  double lo = (double)(uint64_t)(fraction >> 11) * 0x1p-117 * scale;
  double r = hi * 0x1.921fb54442d18p+0;
  double l = __builtin_fma(hi, 0x1.921fb54442d18p+0, -r) + (hi * 0x1.1a62633145c07p-54 + lo * 0x1.921fb54442d18p+0);
  *q = bits >> 63 ? -quarter : quarter;
  *low = sign ? -l : l;
  return sign ? -r : r;
}

/// x = q π/2 + hi + lo with |hi| ≤ π/4 and a little.
CK_INLINE v8dd v8dd_reduce(v8d x, v8i *q) {
  v8i large = v8d_abs(x) > 0x1p30;
  v8d near = v8d_select(large, v8d_splat(0), x);
  v8d k = v8d_nearest(near * 0x1.45f306dc9c883p-1, q);
  v8d first = v8d_fma(-k, v8d_splat(0x1.921fb54442d18p+0), near);
  v8d w = k * 0x1.1a62633145c07p-54, wl = v8d_fma(k, v8d_splat(0x1.1a62633145c07p-54), -w);
  v8dd r = v8dd_sum(first, -w);
  r.lo -= v8d_fma(k, v8d_splat(-0x1.f1976b7ed8fbcp-110), wl);
  r = v8dd_fast_sum(r.hi, r.lo);
  if (__builtin_expect(v8i_any(large), 0)) {
    for (int i = 0; i < (int)(sizeof x / sizeof(double)); i++) {
      if (!large[i]) continue;
      int64_t quadrant = 0;
      double low = 0, high = x[i] - x[i] == 0 ? ck_reduce_large(x[i], &low, &quadrant) : x[i] - x[i];
      r.hi[i] = high;
      r.lo[i] = low;
      (*q)[i] = quadrant;
    }
  }
  return r;
}

/// Sine of a reduced argument as a sum.
CK_INLINE v8dd v8dd_sin_reduced(v8dd r) {
  static const double p[] = {
      -0x1.5555555555555p-3, 0x1.1111111111110p-7, -0x1.a01a01a01992fp-13, 0x1.71de3a545f836p-19,
      -0x1.ae645410e937bp-26, 0x1.61217d9252c03p-33, -0x1.ab16f5caa198ap-41};
  v8d z = r.hi * r.hi;
  v8d tail = v8d_fma(r.hi * z, v8d_polynomial(z, p, 7), v8d_fma(-0.5 * z, r.lo, r.lo));
  return v8dd_fast_sum(r.hi, tail);
}

/// Cosine of a reduced argument as a sum.
CK_INLINE v8dd v8dd_cos_reduced(v8dd r) {
  static const double p[] = {
      0x1.5555555555555p-5, -0x1.6c16c16c16c16p-10, 0x1.a01a01a019d06p-16, -0x1.27e4fb77125c5p-22,
      0x1.1eed8deac3dfep-29, -0x1.9394b8bd50ae1p-37, 0x1.ab779550c8d9bp-45};
  v8d z = r.hi * r.hi, half = 0.5 * z;
  v8dd one = v8dd_fast_sum(v8d_splat(1), -half);
  v8d tail = v8d_fma(z * z, v8d_polynomial(z, p, 7), one.lo - r.hi * r.lo - 0.5 * v8d_fma(r.hi, r.hi, -z));
  return v8dd_fast_sum(one.hi, tail);
}

CK_INLINE v8d v8d_turn(v8d s, v8d c, v8i q) {
  v8d y = v8d_select((q & 1) == 0, s, c);
  return (v8d)((v8u)y ^ ((v8u)(q & 2) << 62));
}

/// sin x; exact multiples of π/2 are never met, and the whole range of f64 is reduced exactly.
CK_INLINE v8d v8d_sin(v8d x) {
  v8i q;
  v8dd r = v8dd_reduce(x, &q);
  v8d y = v8d_turn(v8dd_sin_reduced(r).hi, v8dd_cos_reduced(r).hi, q);
  return v8d_select(v8d_abs(x) < 0x1p-27, x, y);
}

/// cos x.
CK_INLINE v8d v8d_cos(v8d x) {
  v8i q;
  v8dd r = v8dd_reduce(x, &q);
  return v8d_turn(v8dd_sin_reduced(r).hi, v8dd_cos_reduced(r).hi, q + 1);
}

/// tan x.
CK_INLINE v8d v8d_tan(v8d x) {
  v8i q;
  v8dd r = v8dd_reduce(x, &q), s = v8dd_sin_reduced(r), c = v8dd_cos_reduced(r);
  v8i even = (q & 1) == 0;
  v8dd n = {v8d_select(even, s.hi, c.hi), v8d_select(even, s.lo, c.lo)};
  v8dd d = {v8d_select(even, c.hi, -s.hi), v8d_select(even, c.lo, -s.lo)};
  return v8d_select(v8d_abs(x) < 0x1p-27, x, v8dd_quotient(n, d));
}

/// cos πx/2 and sin πx/2 for x in [0, 4): no reduction is needed.
CK_INLINE void v8d_sincos_quarters(v8d x, v8d *sine, v8d *cosine) {
  static const double ps[] = {
      -0x1.5555555555555p-3, 0x1.1111111111110p-7, -0x1.a01a01a01992fp-13, 0x1.71de3a545f836p-19,
      -0x1.ae645410e937bp-26, 0x1.61217d9252c03p-33};
  static const double pc[] = {
      -0.5, 0x1.5555555555555p-5, -0x1.6c16c16c16c16p-10, 0x1.a01a01a019d06p-16, -0x1.27e4fb77125c5p-22,
      0x1.1eed8deac3dfep-29, -0x1.9394b8bd50ae1p-37};
  v8i q;
  v8d k = v8d_nearest(x, &q);
  v8d r = (x - k) * 0x1.921fb54442d18p+0, z = r * r;
  v8d s = v8d_fma(r * z, v8d_polynomial(z, ps, 6), r), c = v8d_fma(z, v8d_polynomial(z, pc, 7), v8d_splat(1));
  *sine = v8d_turn(s, c, q);
  *cosine = v8d_turn(s, c, q + 1);
}

// MARK: inverse trigonometric functions

/// atan(n / d) as a sum for n, d ≥ 0, not both 0 nor both ∞.
CK_INLINE v8dd v8dd_atan_quotient(v8d n, v8d d) {
  static const double p[] = {
      -0x1.5555555555555p-2, 0x1.9999999999997p-3, -0x1.24924924920a3p-3, 0x1.c71c71c6dd2d8p-4,
      -0x1.745d173542f7ap-4, 0x1.3b13aea53b18fp-4, -0x1.1110ce80547d7p-4, 0x1.e1d8ddf459f4dp-5,
      -0x1.aebcad6415c5dp-5, 0x1.829a09d7f37d9p-5, -0x1.5030c28013685p-5, 0x1.f5ba271a2a8e8p-6,
      -0x1.c7a6bc6dde7f9p-7};
  v8i steep = n > d;
  v8d small = v8d_select(steep, d, n), big = v8d_select(steep, n, d);
  // atan(s/b): above tan π/8 it is π/4 + atan((s - b) / (s + b)).
  v8i middle = small > 0x1.a827999fcef32p-2 * big;
  v8dd top = {small, v8d_splat(0)}, bottom = {big, v8d_splat(0)};
  v8dd difference = v8dd_fast_sum(-big, small), total = v8dd_fast_sum(big, small);
  top.hi = v8d_select(middle, difference.hi, top.hi);
  top.lo = v8d_select(middle, difference.lo, top.lo);
  bottom.hi = v8d_select(middle, total.hi, bottom.hi);
  bottom.lo = v8d_select(middle, total.lo, bottom.lo);
  v8d t = top.hi / bottom.hi;
  v8d tl = (v8d_fma(-t, bottom.hi, top.hi) + (top.lo - t * bottom.lo)) / bottom.hi;
  tl = v8d_select(tl - tl == 0, tl, v8d_splat(0));
  v8d z = t * t;
  v8dd y = v8dd_fast_sum(t, v8d_fma(t * z, v8d_polynomial(z, p, 13), tl));
  v8dd shifted = v8dd_fast_sum(v8d_splat(0x1.921fb54442d18p-1), y.hi);
  shifted.lo += y.lo + 0x1.1a62633145c07p-55;
  y.hi = v8d_select(middle, shifted.hi, y.hi);
  y.lo = v8d_select(middle, shifted.lo, y.lo);
  v8dd turned = v8dd_fast_sum(v8d_splat(0x1.921fb54442d18p+0), -y.hi);
  turned.lo += 0x1.1a62633145c07p-54 - y.lo;
  y.hi = v8d_select(steep, turned.hi, y.hi);
  y.lo = v8d_select(steep, turned.lo, y.lo);
  return v8dd_fast_sum(y.hi, y.lo);
}

/// atan x.
CK_INLINE v8d v8d_atan(v8d x) {
  v8d a = v8d_abs(x);
  v8dd y = v8dd_atan_quotient(v8d_select(a > 0x1p200, v8d_splat(0x1p200), a), v8d_splat(1));
  y.hi = v8d_select(a < 0x1p-27, a, y.hi);
  return v8d_select(x != x, x, v8d_copysign(y.hi, x));
}

/// Angle of the point (x, y), as C's atan2.
CK_INLINE v8d v8d_atan2(v8d y, v8d x) {
  const double inf = (double)INFINITY;
  v8d n = v8d_abs(y), d = v8d_abs(x);
  // Infinities count as 1 : 1, 1 : 0 or 0 : 1, and a large or small pair is brought near 1 to keep quotients exact.
  v8i high = n == inf, wide = d == inf, infinite = high | wide, none = (n == 0) & (d == 0);
  v8d m = v8d_select(n > d, n, d), one = v8d_splat(1);
  v8d s = v8d_select(m > 0x1p500, v8d_splat(0x1p-600), v8d_select(m < 0x1p-500, v8d_splat(0x1p500), one));
  n = v8d_select(infinite, v8d_truth(high), n * s);
  d = v8d_select(none, one, v8d_select(infinite, v8d_truth(wide), d * s));
  v8dd a = v8dd_atan_quotient(n, d);
  v8i left = v8d_copysign(v8d_splat(1), x) < 0;
  v8dd other = v8dd_fast_sum(v8d_splat(0x1.921fb54442d18p+1), -a.hi);
  v8d reflected = other.hi + (other.lo + (0x1.1a62633145c07p-53 - a.lo));
  v8d r = v8d_copysign(v8d_select(left, reflected, a.hi), y);
  return v8d_select((x != x) | (y != y), x + y, r);
}

/// (asin √z) / √z - 1, over z, for 0 ≤ z ≤ ¼.
CK_INLINE v8d v8d_asin_tail(v8d z) {
  static const double p[] = {
      0x1.5555555555555p-3, 0x1.3333333333389p-4, 0x1.6db6db6dac0eap-5, 0x1.f1c71c7a5e151p-6, 0x1.6e8ba121b9d5fp-6,
      0x1.1c4efd20ebb99p-6, 0x1.c990a42b32b03p-7, 0x1.7b02ef007d23ep-7, 0x1.3b462d121c5d2p-7, 0x1.31777489dfd29p-7,
      0x1.8dcdf11997e0fp-9, 0x1.40c91fa8deb7ep-6, -0x1.3bd7e353ddbc2p-6, 0x1.e58a4f278e007p-6};
  return v8d_polynomial(z, p, 14);
}

/// asin √((1 - a) / 2) as a sum, for ½ ≤ a ≤ 1.
CK_INLINE v8dd v8dd_asin_half(v8d a) {
  v8d z = (1 - a) * 0.5, s = v8d_sqrt(z);
  v8d low = v8d_select(z == 0, v8d_splat(0), v8d_fma(-s, s, z) / (2 * s));
  return v8dd_fast_sum(s, v8d_fma(s * z, v8d_asin_tail(z), low));
}

/// asin x; NaN outside [-1, 1].
CK_INLINE v8d v8d_asin(v8d x) {
  v8d a = v8d_abs(x), z = x * x;
  v8d inner = v8d_fma(x * z, v8d_asin_tail(z), x);
  v8dd h = v8dd_asin_half(a);
  v8dd outer = v8dd_fast_sum(v8d_splat(0x1.921fb54442d18p+0), -2 * h.hi);
  v8d y = outer.hi + (outer.lo + (0x1.1a62633145c07p-54 - 2 * h.lo));
  y = v8d_select(a > 1, v8d_splat((double)NAN), v8d_copysign(y, x));
  return v8d_select(a < 0x1p-27, x, v8d_select(a <= 0.5, inner, y));
}

/// acos x; NaN outside [-1, 1].
CK_INLINE v8d v8d_acos(v8d x) {
  v8d a = v8d_abs(x), z = x * x;
  v8dd quarter = v8dd_fast_sum(v8d_splat(0x1.921fb54442d18p+0), -x);
  v8d inner = quarter.hi + (quarter.lo + v8d_fma(-x * z, v8d_asin_tail(z), v8d_splat(0x1.1a62633145c07p-54)));
  v8dd h = v8dd_asin_half(a);
  v8dd half = v8dd_fast_sum(v8d_splat(0x1.921fb54442d18p+1), -2 * h.hi);
  v8d left = half.hi + (half.lo + (0x1.1a62633145c07p-53 - 2 * h.lo));
  v8d outer = v8d_select(x < 0, left, 2 * (h.hi + h.lo));
  return v8d_select(a > 1, v8d_splat((double)NAN), v8d_select(a <= 0.5, inner, outer));
}

// MARK: error function

/// erf x for |x| < 1.
CK_INLINE v8d v8d_erf_inner(v8d x) {
  static const double p[] = {
      0x1.06eba8214db69p-3, -0x1.812746b0379e7p-2, 0x1.ce2f21a042bdep-4, -0x1.b82ce312889bap-6,
      0x1.565bcd0e6502dp-8, -0x1.c02db3feeb579p-11, 0x1.f9a326c233146p-14, -0x1.f4d2561aeafd4p-17,
      0x1.b9e6509b9867dp-20, -0x1.5f6d925a0bc7ap-23, 0x1.fc4356498c2d9p-27, -0x1.4e607b41a6416p-30,
      0x1.7f072188e194dp-34, -0x1.29b9f1b3df556p-38};
  return v8d_fma(x, v8d_polynomial(x * x, p, 14), x);
}

/// exp(-b²).
CK_INLINE v8d v8d_exp_square(v8d b) {
  v8d square = b * b;
  return v8d_exp_scaled(-square, -v8d_fma(b, b, -square), 0);
}

/// 1 - erf b for 1 ≤ b ≤ 6, given exp(-b²).
CK_INLINE v8d v8d_erfc_outer(v8d b, v8d e) {
  static const double q[] = {
      0x1.8849aa8fc2b31p-1, -0x1.0a36d7faca082p-2, 0x1.35c57e12ea841p-5, 0x1.5c7530c105b99p-5,
      -0x1.9d97240813bb7p-6, -0x1.0fb9eaf79126dp-11, 0x1.02109240ca0d2p-8, 0x1.2f6b14aa46686p-13,
      -0x1.727a24851971ep-11, -0x1.259606a080543p-13, 0x1.ea8182a2a3313p-14, 0x1.030d01e168693p-14,
      -0x1.041c02e09c4ddp-17, -0x1.293d90e247875p-16, -0x1.3a462270326cap-18, 0x1.963134d4c81ecp-19,
      0x1.ccb5e7f1e090ep-20};
  v8d r = 1 / (b + 2), t = (b - 2) * r;
  return e * v8d_polynomial(t, q, 17) / (1 + b);
}

/// 2/√π ∫₀ˣ exp(-t²) dt: x times a polynomial up to 1, then 1 - exp(-x²) · polynomial((x - 2)/(x + 2)) / (1 + x).
CK_INLINE v8d v8d_erf(v8d x) {
  v8d a = v8d_abs(x), b = v8d_clamp(a, 1, 6);
  v8d outer = 1 - v8d_erfc_outer(b, v8d_exp_square(b));
  return v8d_select(x != x, x, v8d_select(a < 1, v8d_erf_inner(x), v8d_copysign(outer, x)));
}

/// 1 - erf x, to a few units in the last place also where it is tiny: exp(-x²) · polynomial(1/x²) / x above 6.
///
/// Below 1 it is the difference itself, so that it has the bits of 1 - erf x there.
CK_INLINE v8d v8d_erfc(v8d x) {
  static const double p[] = {
      0x1.20dd750429b6dp-1, -0x1.20dd750429985p-2, 0x1.b14c2f8591d83p-2, -0x1.0ecf9d541db8ap+0,
      0x1.d9eb1d279d93cp+1, -0x1.0a8fc1dc06db3p+4, 0x1.6e0e8482be71dp+6, -0x1.2574aca8972cdp+9,
      0x1.facc804884cb2p+11, -0x1.86b8ec34680edp+14, 0x1.67ab1eb9d2909p+16};
  v8d a = v8d_abs(x), b = v8d_clamp(a, 1, 28), e = v8d_exp_square(b);
  v8d outer = v8d_erfc_outer(v8d_clamp(b, 1, 6), e);
  v8d far = v8d_clamp(b, 6, 28), r = 1 / far;
  outer = v8d_select(a > 6, e * v8d_polynomial(r * r, p, 11) * r, outer);
  outer = v8d_select(x < 0, 1 + (1 - outer), outer);
  return v8d_select(x != x, x, v8d_select(a < 1, 1 - v8d_erf_inner(x), outer));
}
