// Triangular factorisations and what is solved with them.
#include "ck_factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ck_blas.h"
#include "ck_index.h"
#include "factor_common.h"

int ck_factor_by_library(ck_size size) { return size > 32 && ck_blas_load(); }

void ck_factor_fail(double *out, ck_size count) {
  for (ck_size i = 0; i < count; i++) out[i] = NAN;
}

/// out ← (a + aᵀ)/2
void ck_factor_symmetrise(ck_size n, const double *a, double *out) {
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = 0; j < n; j++) out[i * n + j] = 0.5 * a[i * n + j] + 0.5 * a[j * n + i];
}

// MARK: Cholesky

/// Row by row; reads and writes the lower triangle.
static int cholesky_rows(ck_size n, double *l) {
  for (ck_size i = 0; i < n; i++) {
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
  int status = ck_factor_by_library(n) && ck_all_finite_f64(l, n * n) ? ck_lapack_potrf(n, l) : cholesky_rows(n, l);
  if (status) {
    ck_factor_fail(l, n * n);
    return status;
  }
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = i + 1; j < n; j++) l[i * n + j] = 0;
  return 0;
}

// MARK: elimination

static void exchange(double *a, double *b, ck_size n) {
  for (ck_size i = 0; i < n; i++) {
    double t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}

int ck_lu(ck_size n, double *a, int64_t *pivot, int *sign) {
  int status = 0;
  *sign = 1;
  for (ck_size k = 0; k < n; k++) {
    ck_size best = k;
    for (ck_size i = k + 1; i < n; i++)
      if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
    pivot[k] = best;
    if (best != k) {
      exchange(a + k * n, a + best * n, n);
      *sign = -*sign;
    }
    double d = a[k * n + k];
    if (d == 0 || d != d) {
      if (!status) status = (int)k + 1;
      continue;
    }
    for (ck_size i = k + 1; i < n; i++) {
      double f = a[i * n + k] /= d;
      for (ck_size j = k + 1; j < n; j++) a[i * n + j] -= f * a[k * n + j];
    }
  }
  return status;
}

void ck_triangular_solve(int lower, int transposed, ck_size n, ck_size columns, const double *t, const double *b,
                         double *x) {
  if (x != b) memcpy(x, b, (size_t)(n * columns) * sizeof *x);
  int forward = !lower == !!transposed;  // lower, or upper transposed
  ck_size down = transposed ? n : 1, across = transposed ? 1 : n;
  for (ck_size step = 0; step < n; step++) {
    ck_size i = forward ? step : n - 1 - step, first = forward ? 0 : i + 1, end = forward ? i : n;
    for (ck_size p = first; p < end; p++) {
      double f = t[i * across + p * down];
      for (ck_size c = 0; c < columns; c++) x[i * columns + c] -= f * x[p * columns + c];
    }
    for (ck_size c = 0; c < columns; c++) x[i * columns + c] /= t[i * n + i];
  }
}

static int solve_here(ck_size n, ck_size columns, double *lu, int64_t *pivot, double *x) {
  int sign, status = ck_lu(n, lu, pivot, &sign);
  if (status) return status;
  for (ck_size k = 0; k < n; k++)
    if (pivot[k] != k) exchange(x + k * columns, x + pivot[k] * columns, columns);
  for (ck_size i = 0; i < n; i++)
    for (ck_size p = 0; p < i; p++)
      for (ck_size c = 0; c < columns; c++) x[i * columns + c] -= lu[i * n + p] * x[p * columns + c];
  ck_triangular_solve(0, 0, n, columns, lu, x, x);
  return 0;
}

/// LAPACK wants columns together, so both sides go through a transposition.
static int solve_by_library(ck_size n, ck_size columns, const double *a, const double *b, double *x, double *room) {
  double *right = room + n * n;
  ck_transpose2(room, a, n, n, sizeof *a);
  ck_transpose2(right, b, n, columns, sizeof *b);
  int status = ck_lapack_gesv(n, columns, room, right);
  ck_transpose2(x, right, columns, n, sizeof *x);
  return status;
}

int ck_solve(ck_size n, ck_size columns, const double *a, const double *b, double *x) {
  double *room = malloc((size_t)(n * n + n * columns + n + 1) * sizeof *room);
  int status = CK_NO_MEMORY;
  if (room && ck_factor_by_library(n)) {
    status = solve_by_library(n, columns, a, b, x, room);
  } else if (room) {
    memcpy(room, a, (size_t)(n * n) * sizeof *a);
    if (x != b) memcpy(x, b, (size_t)(n * columns) * sizeof *b);
    status = solve_here(n, columns, room, (int64_t *)(room + n * n), x);
  }
  free(room);
  if (status) ck_factor_fail(x, n * columns);
  return status;
}

// MARK: QR

/// Turns column j of `a` below row j into a reflector 1 - tau v vᵀ with v[j] = 1, stored below the diagonal.
static double make_reflector(ck_size m, ck_size n, double *a, ck_size j) {
  double scale = 0, sum = 0;
  for (ck_size i = j + 1; i < m; i++) scale = fmax(scale, fabs(a[i * n + j]));
  double alpha = a[j * n + j];
  if (scale == 0) return 0;
  scale = fmax(scale, fabs(alpha));
  for (ck_size i = j; i < m; i++) sum += (a[i * n + j] / scale) * (a[i * n + j] / scale);
  double beta = -copysign(scale * sqrt(sum), alpha);
  for (ck_size i = j + 1; i < m; i++) a[i * n + j] /= alpha - beta;
  a[j * n + j] = beta;
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
  for (ck_size j = 0; j < k; j++) {
    tau[j] = make_reflector(m, n, room, j);
    reflect(m, n, room, j, tau[j], room, n, j + 1, n, w);
  }
  for (ck_size i = 0; i < k; i++)
    for (ck_size j = 0; j < n; j++) r[i * n + j] = j < i ? 0 : room[i * n + j];
  for (ck_size i = 0; i < m; i++)
    for (ck_size j = 0; j < k; j++) q[i * k + j] = i == j;
  for (ck_size j = k; j-- > 0;) reflect(m, n, room, j, tau[j], q, k, j, k, w);
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
  if (room && ck_factor_by_library(k) && ck_all_finite_f64(a, m * n)) {
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
