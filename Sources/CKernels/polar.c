// Polar factors of matrices in single precision: by products alone where the matrix is far from smaller rank, else by singular
// values.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ck_elementwise.h"
#include "ck_factor.h"
#include "ck_index.h"
#include "ck_product.h"
#include "ck_watch.h"
#include "factor_common.h"

/// Odd polynomials a x + b x³ + c x⁵ whose composition takes [2e-4, 1] to 1 within 2e-8: each has the least largest distance
/// from 1 on the interval to which those before it have led, but none looks below a fiftieth of that interval's end, where a
/// polynomial that is as steep would not hold what is near the end. From the second on it is the composition for
/// [1.5e-3, 1]. Numbers below 1.5e-4 (1.2e-3) do not come to 1.
enum { STEPS = 8 };
static const float polynomials[STEPS][3] = {
    {7.710969246f, -22.113754790f, 16.248743018f}, {4.177219334f, -3.515583478f, 0.758073495f},
    {4.177219334f, -3.515583478f, 0.758073495f},   {4.177219334f, -3.515583478f, 0.758073495f},
    {3.500874110f, -2.737300857f, 0.576942042f},   {2.404462807f, -1.760590022f, 0.428766082f},
    {1.903920547f, -1.281771860f, 0.378191109f},   {1.875008103f, -1.250009004f, 0.375000900f},
};
/// Smaller matrices go by singular values, in about the same time.
enum { LEAST_SIZE = 64 };

/// The step at which a matrix begins whose singular values count as 0 up to max(m, n) ε σ₁: those that come to 1 must be
/// above. `STEPS` where no step is late enough.
static int first_step(ck_size m, ck_size n) {
  ck_size size = m > n ? m : n;
  return size <= 1024 ? 0 : size <= 8192 ? 1 : STEPS;
}

/// ‖g - d‖, in the Frobenius norm, with d on the diagonal.
static double distance(const float *g, ck_size k, double d) {
  double sum = 0;
  for (ck_size i = 0; i < k; i++) {
    double row = 0;
    for (ck_size j = 0; j < k; j++) {
      double x = (double)g[i * k + j] - (i == j ? d : 0);
      row += x * x;
    }
    sum += row;
  }
  return sqrt(sum);
}

/// to ← (a I + b g + c h) x where `left`, else x (a I + b g + c h); h is overwritten.
static void apply(int left, ck_size m, ck_size n, double a, double b, double c, const float *g, float *h,
                  const float *x, float *to) {
  ck_size k = left ? m : n;
  for (ck_size i = 0; i < k * k; i++) h[i] = (float)b * g[i] + (float)c * h[i];
  for (ck_size i = 0; i < k; i++) h[i * k + i] += (float)a;
  if (left) ck_gemm_f32(0, 0, m, n, m, 1, h, m, x, n, 0, to, n);
  else ck_gemm_f32(0, 0, m, n, n, 1, x, n, h, n, 0, to, n);
}

/// Whether the Gram matrix g of what three steps have left has an eigenvalue below 1e-4: then the others do not come to 1, and
/// need not be made.
static int is_far_from_one(const float *g, ck_size k) {
  double *room = malloc((size_t)(2 * k * k) * sizeof *room);
  if (!room) return 1;
  ck_f64_from_f32(room, g, k * k);
  for (ck_size i = 0; i < k; i++) room[i * k + i] -= 1e-4;
  int isFar = ck_cholesky(k, room, room + k * k) != 0;
  free(room);
  return isFar;
}

/// The polar factor of x, in x or in y, which are overwritten; NULL where the steps do not come to one: near smaller rank.
static float *by_products(ck_size m, ck_size n, float *x, float *y, float *g, float *h) {
  int left = m < n, first = first_step(m, n);
  ck_size k = left ? m : n;
  for (int step = first; !ck_stopped(); step++) {
    if (left) ck_gemm_f32(0, 1, m, m, n, 1, x, n, x, n, 0, g, m);
    else ck_gemm_f32(1, 0, n, n, m, 1, x, n, x, n, 0, g, n);
    double rest = step < 4 ? INFINITY : distance(g, k, 1);
    if (rest <= 0x1p-23 * (double)k) return x;  // within rounding
    if (rest < 5e-4) {
      memset(h, 0, (size_t)(k * k) * sizeof *h);
      apply(left, m, n, 1.5, -0.5, 0, g, h, x, y);
      return y;
    }
    if (step == STEPS || isnan(rest) || (step == first + 3 && is_far_from_one(g, k))) return NULL;
    ck_gemm_f32(0, 0, k, k, k, 1, g, k, g, k, 0, h, k);
    // (Σ σ⁸)^⅛: no less than the largest singular value, and little more.
    double size = step == first ? 1.0001 * sqrt(sqrt(distance(h, k, 0))) : 1, cube = size * size * size;
    const float *p = polynomials[step];
    apply(left, m, n, p[0] / size, p[1] / cube, p[2] / (cube * size * size), g, h, x, y);
    float *other = x;
    x = y, y = other;
  }
  return NULL;
}

static int polar_by_products(ck_size m, ck_size n, const float *a, float *out) {
  ck_size k = m < n ? m : n;
  if (k < LEAST_SIZE || first_step(m, n) == STEPS) return 0;
  float *room = malloc((size_t)(2 * m * n + 2 * k * k) * sizeof *room);
  if (!room) return 0;
  int exponent = -ilogbf(ck_reduce_f32(CK_MAX_ABS, a, m * n));
  for (ck_size i = 0; i < m * n; i++) room[i] = ldexpf(a[i], exponent);
  float *y = room + m * n, *g = y + m * n, *factor = by_products(m, n, room, y, g, g + k * k);
  if (factor) memcpy(out, factor, (size_t)(m * n) * sizeof *out);
  free(room);
  return factor != NULL;
}

/// a is overwritten.
static int by_singular_values(ck_size m, ck_size n, double precision, double *a) {
  ck_size k = m < n ? m : n;
  double *u = malloc((size_t)(m * k + k + k * n + 1) * sizeof *u), *s = u + m * k, *vt = s + k;
  if (!u) return CK_NO_MEMORY;
  int status = ck_svd(m, n, a, u, s, vt);
  if (!status) {
    double cut = precision * (double)(m > n ? m : n) * s[0];
    ck_size rank = 0;
    while (rank < k && s[rank] > cut) rank++;
    if (rank > 0) ck_gemm_f64(0, 0, m, n, rank, 1, u, k, vt, n, 0, a, n);
    else memset(a, 0, (size_t)(m * n) * sizeof *a);
  }
  free(u);
  return status;
}

static int single_by_singular_values(ck_size m, ck_size n, const float *a, float *out) {
  double *room = malloc((size_t)(m * n) * sizeof *room);
  if (!room) return CK_NO_MEMORY;
  ck_f64_from_f32(room, a, m * n);
  int status = by_singular_values(m, n, 0x1p-23, room);
  if (!status) ck_f32_from_f64(out, room, m * n);
  free(room);
  return status;
}

int ck_polar_f32(ck_size m, ck_size n, const float *a, float *p) {
  if (m == 0 || n == 0) return 0;
  int status = ck_all_finite_f32(a, m * n) ? 0 : CK_NOT_FINITE;
  if (!status && ck_reduce_f32(CK_MAX_ABS, a, m * n) == 0) memset(p, 0, (size_t)(m * n) * sizeof *p);
  else if (!status && !polar_by_products(m, n, a, p)) status = single_by_singular_values(m, n, a, p);
  for (ck_size i = 0; i < m * n && status; i++) p[i] = NAN;
  return status;
}

int ck_polar_f64(ck_size m, ck_size n, const double *a, double *p) {
  if (m == 0 || n == 0) return 0;
  memmove(p, a, (size_t)(m * n) * sizeof *p);
  int status = by_singular_values(m, n, 0x1p-52, p);
  if (status) ck_factor_fail(p, m * n);
  return status;
}
