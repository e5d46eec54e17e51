// Triangular factorisations.
#include "ck_factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ck_blas.h"
#include "ck_index.h"
#include "ck_watch.h"
#include "factor_common.h"

int ck_factor_by_library(ck_size size) { return size > 32 && ck_blas_load(); }

void ck_factor_fail(double *out, ck_size count) {
  for (ck_size i = 0; i < count; i++) out[i] = NAN;
}

void ck_factor_symmetrise(ck_size n, const double *a, double *out) {
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = 0; j < n; j++) out[i * n + j] = 0.5 * a[i * n + j] + 0.5 * a[j * n + i];
}

int ck_is_symmetric(ck_size n, const double *a, double tolerance, ck_size *row, ck_size *column) {
  double largest = 0, worst = 0;
  *row = *column = 0;
  for (ck_size i = 0; i < n; i++) {
    for (ck_size j = 0; j < n; j++) largest = fmax(largest, fabs(a[i * n + j]));
    for (ck_size j = i + 1; j < n; j++) {
      double half = fabs(0.5 * a[i * n + j] - 0.5 * a[j * n + i]);  // the whole may overflow
      if (!(half > worst)) continue;
      worst = half;
      *row = i;
      *column = j;
    }
  }
  return !(worst > 0.5 * tolerance * largest);
}

int ck_factor_extreme_exponent(const double *a, ck_size count) {
  double largest = ck_reduce_f64(CK_MAX_ABS, a, count);
  if (!(largest > 0) || largest == (double)INFINITY) return 0;
  int exponent = ilogb(largest);
  return exponent > 1000 ? (exponent - 999) & ~1 : exponent < -900 ? exponent & ~1 : 0;
}

void ck_factor_scale(double *a, ck_size count, int exponent) {
  for (ck_size i = 0; i < count && exponent; i++) a[i] = ldexp(a[i], exponent);
}

// MARK: Cholesky

/// Row by row; reads and writes the lower triangle.
static int cholesky_rows(ck_size n, double *l) {
  for (ck_size i = 0; i < n; i++) {
    if (ck_stopped()) return CK_ABANDONED;
    for (ck_size j = 0; j <= i; j++) {
      double s = l[i * n + j];
      for (ck_size p = 0; p < j; p++) s -= l[i * n + p] * l[j * n + p];
      if (i != j) {
        l[i * n + j] = s / l[j * n + j];
      } else {
        if (!(s > 0) || s == (double)INFINITY) return (int)i + 1;
        l[i * n + i] = sqrt(s);
      }
    }
  }
  return 0;
}

int ck_cholesky(ck_size n, const double *a, double *l) {
  ck_factor_symmetrise(n, a, l);
  int status = ck_all_finite_f64(a, n * n) ? 0 : CK_NOT_FINITE, exponent = ck_factor_extreme_exponent(l, n * n);
  ck_factor_scale(l, n * n, -exponent);
  if (!status) status = ck_factor_by_library(n) ? ck_lapack_potrf(n, l) : cholesky_rows(n, l);
  if (status) {
    ck_factor_fail(l, n * n);
    return status;
  }
  ck_factor_scale(l, n * n, exponent / 2);
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = i + 1; j < n; j++) l[i * n + j] = 0;
  return 0;
}

// MARK: QR

/// Turns column j of `a` below row j into a reflector 1 - tau v vᵀ with v[j] = 1, stored below the diagonal.
static double make_reflector(ck_size m, ck_size n, double *a, ck_size j) {
  double scale = 0, sum = 0;
  for (ck_size i = j + 1; i < m; i++) scale = fmax(scale, fabs(a[i * n + j]));
  if (scale == 0) return 0;
  scale = fmax(scale, fabs(a[j * n + j]));
  int exponent = scale < 0x1p-900 ? ilogb(scale) : 0;  // below, quotients of what is rounded to few digits would tilt it
  for (ck_size i = j; i < m && exponent; i++) a[i * n + j] = ldexp(a[i * n + j], -exponent);
  scale = ldexp(scale, -exponent);
  for (ck_size i = j; i < m; i++) sum += (a[i * n + j] / scale) * (a[i * n + j] / scale);
  double alpha = a[j * n + j], beta = -copysign(scale * sqrt(sum), alpha);
  for (ck_size i = j + 1; i < m; i++) a[i * n + j] /= alpha - beta;
  a[j * n + j] = ldexp(beta, exponent);
  return (beta - alpha) / beta;
}

/// c ← (1 - tau v vᵀ) c over columns first ..< last of c (row stride ld), v in column j of `a` (row stride n).
static void reflect(ck_size m, ck_size n, const double *a, ck_size j, double tau, double *c, ck_size ld, ck_size first,
                    ck_size last, double *w) {
  if (tau == 0) return;
  for (ck_size q = first; q < last; q++) w[q] = c[j * ld + q];
  for (ck_size i = j + 1; i < m; i++)
    for (ck_size q = first; q < last; q++) w[q] += a[i * n + j] * c[i * ld + q];
  for (ck_size q = first; q < last; q++) c[j * ld + q] -= tau * w[q];
  for (ck_size i = j + 1; i < m; i++)
    for (ck_size q = first; q < last; q++) c[i * ld + q] -= tau * a[i * n + j] * w[q];
}

/// `room`: m n + 2 (m + n) numbers.
static void qr_here(ck_size m, ck_size n, const double *a, double *q, double *r, double *room) {
  ck_size k = m < n ? m : n;
  double *tau = room + m * n, *w = tau + k;
  memcpy(room, a, (size_t)(m * n) * sizeof *a);
  for (ck_size j = 0; j < k && !ck_stopped(); j++) {
    tau[j] = make_reflector(m, n, room, j);
    reflect(m, n, room, j, tau[j], room, n, j + 1, n, w);
  }
  for (ck_size i = 0; i < k; i++)
    for (ck_size j = 0; j < n; j++) r[i * n + j] = j < i ? 0 : room[i * n + j];
  for (ck_size i = 0; i < m; i++)
    for (ck_size j = 0; j < k; j++) q[i * k + j] = i == j;
  for (ck_size j = k; j-- > 0 && !ck_stopped();) reflect(m, n, room, j, tau[j], q, k, j, k, w);
}

static int qr_by_library(ck_size m, ck_size n, const double *a, double *q, double *r, double *room) {
  ck_size k = m < n ? m : n;
  double *tau = room + m * n;
  ck_transpose2(room, a, m, n, sizeof *a);
  int status = ck_lapack_geqrf(m, n, room, tau);
  if (status) return status;
  for (ck_size i = 0; i < k; i++)
    for (ck_size j = 0; j < n; j++) r[i * n + j] = j < i ? 0 : room[j * m + i];
  status = ck_lapack_orgqr(m, k, k, room, tau);
  ck_transpose2(q, room, k, m, sizeof *q);
  return status;
}

int ck_qr(ck_size m, ck_size n, const double *a, double *q, double *r) {
  ck_size k = m < n ? m : n;
  double *room = malloc((size_t)(m * n + 2 * (m + n) + 1) * sizeof *room);
  int status = CK_NO_MEMORY;
  if (room && !ck_all_finite_f64(a, m * n)) {
    status = CK_NOT_FINITE;
  } else if (room && ck_factor_by_library(k)) {
    status = qr_by_library(m, n, a, q, r, room);
  } else if (room) {
    qr_here(m, n, a, q, r, room);
    status = 0;
  }
  free(room);
  if (status) {
    ck_factor_fail(q, m * k);
    ck_factor_fail(r, k * n);
    return status;
  }
  for (ck_size i = 0; i < k; i++) {
    if (!(r[i * n + i] < 0)) continue;
    for (ck_size j = i; j < n; j++) r[i * n + j] = -r[i * n + j];
    for (ck_size j = 0; j < m; j++) q[j * k + i] = -q[j * k + i];
  }
  return 0;
}
