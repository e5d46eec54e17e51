// Part of ck_vmath.h: f32, computed in f64 with polynomials as long as f32 needs.
#pragma once

/// eˣ to about 32 bits, for |x| ≤ 700 (NaN stays NaN).
CK_INLINE v8d v8d_exp_short(v8d x) {
  static const double p[] = {
      1, 1, 0x1.0000000b95df5p-1, 0x1.5555555a7b04dp-3, 0x1.5554e8e8cf598p-5, 0x1.1110e0e528fc9p-7,
      0x1.6d434d32cc595p-10, 0x1.a12515da60daep-13};
  v8i k;
  v8d kd = v8d_nearest(x * 0x1.71547652b82fep+0, &k);
  v8d r = v8d_fma(-kd, v8d_splat(0x1.62e42fefa39efp-1), x);
  return v8d_polynomial(r, p, 8) * (v8d)(((v8u)k + 1023) << 52);
}

/// ln x to about 36 bits relative to 1 + |ln x|, for positive x that is normal in f64.
CK_INLINE v8d v8d_log_short(v8d x) {
  static const double p[] = {
      2, 0x1.5555554bae5e4p-1, 0x1.9999eb792e453p-2, 0x1.245c3741a2940p-2, 0x1.ddd171deebc70p-3};
  v8u u = (v8u)x + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
  v8d k = (v8d)((u >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);
  v8d f = (v8d)((u & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1;
  v8d s = f / (2 + f);
  return v8d_fma(k, v8d_splat(0x1.62e42fefa39efp-1), s * v8d_polynomial(s * s, p, 5));
}

// One half (8 lanes) of each f32 function.
CK_INLINE v8d v8h_exp(v8d x) { return v8d_exp_short(v8d_clamp(x, -200, 200)); }
CK_INLINE v8d v8h_log(v8d x) { return v8d_log_special(x, v8d_log_short(x)); }
CK_INLINE v8d v8h_expm1(v8d x) {
  v8d small = v8d_fma(x * x, v8d_fma(x, v8d_splat(0x1.5555555555555p-3), v8d_splat(0.5)), x);
  return v8d_select(v8d_abs(x) < 0x1p-9, v8d_copysign(small, x), v8h_exp(x) - 1);
}
CK_INLINE v8d v8h_log1p(v8d x) {
  v8d small = v8d_fma(x * x, v8d_fma(x, v8d_splat(0x1.5555555555555p-2), v8d_splat(-0.5)), x);
  return v8d_select(v8d_abs(x) < 0x1p-10, small, v8h_log(1 + x));
}
CK_INLINE v8d v8h_sigmoid(v8d x) { return 1 / (1 + v8d_exp_short(v8d_clamp(-x, -200, 200))); }
CK_INLINE v8d v8h_tanh(v8d x) {
  v8d y = 1 - 2 / (1 + v8d_exp_short(v8d_clamp(2 * x, -200, 200)));
  v8d z = x * x, c = v8d_fma(z, v8d_splat(0x1.1111111111111p-3), v8d_splat(-0x1.5555555555555p-2));
  v8d small = v8d_fma(x * z, c, x);
  return v8d_select(v8d_abs(x) < 0x1p-7, v8d_copysign(small, x), y);
}
CK_INLINE v8d v8h_softplus(v8d x) {
  v8d e = v8d_exp_short(-v8d_clamp(v8d_abs(x), 0, 200));
  return v8h_log1p(e) + v8d_select(x > 0, x, v8d_splat(0));
}

CK_INLINE v8d v8h_rsqrt(v8d x) { return 1 / v8d_sqrt(x); }

#define CK_F32_BY_HALVES(f, half)                                                                                  \
  CK_INLINE v16f v16f_##f(v16f x) { return v16f_join(half(v16f_low(x)), half(v16f_high(x))); }
CK_F32_BY_HALVES(exp, v8h_exp)
CK_F32_BY_HALVES(expm1, v8h_expm1)
CK_F32_BY_HALVES(log, v8h_log)
CK_F32_BY_HALVES(log1p, v8h_log1p)
CK_F32_BY_HALVES(sigmoid, v8h_sigmoid)
CK_F32_BY_HALVES(tanh, v8h_tanh)
CK_F32_BY_HALVES(softplus, v8h_softplus)
CK_F32_BY_HALVES(sin, v8d_sin)
CK_F32_BY_HALVES(cos, v8d_cos)
CK_F32_BY_HALVES(tan, v8d_tan)
CK_F32_BY_HALVES(asin, v8d_asin)
CK_F32_BY_HALVES(acos, v8d_acos)
CK_F32_BY_HALVES(atan, v8d_atan)
CK_F32_BY_HALVES(sinh, v8d_sinh)
CK_F32_BY_HALVES(cosh, v8d_cosh)
CK_F32_BY_HALVES(erf, v8d_erf)
CK_F32_BY_HALVES(erfc, v8d_erfc)
CK_F32_BY_HALVES(cbrt, v8d_cbrt)
CK_F32_BY_HALVES(rsqrt, v8h_rsqrt)
CK_INLINE v16f v16f_pow_by_logarithm(v16f x, v16f y) {
  return v16f_join(
      v8d_pow_by_logarithm(v16f_low(x), v16f_low(y)), v8d_pow_by_logarithm(v16f_high(x), v16f_high(y)));
}
CK_INLINE v16f v16f_atan2(v16f y, v16f x) {
  return v16f_join(v8d_atan2(v16f_low(y), v16f_low(x)), v8d_atan2(v16f_high(y), v16f_high(x)));
}
