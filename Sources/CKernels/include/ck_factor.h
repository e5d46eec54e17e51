// Factorisations and solutions of linear systems, f64, row-major. Matrices above 32 × 32 go to LAPACK where
// it can be loaded; smaller ones, and all of them without it, are computed here. Signs are fixed by rules that
// determine the result, so both give the same but for rounding.
#pragma once
#include "ck_level.h"

/// 0: done. Positive p: the pth pivot (from 1) is not positive or 0, or so many values did not converge.
enum { CK_NO_MEMORY = -1001, CK_NOT_FINITE = -1002 };

/// l (n × n) ← lower triangular with l lᵀ = (a + aᵀ)/2. On failure all of l is NaN.
int ck_cholesky(ck_size n, const double *a, double *l);
/// 1 where no |a_ij − a_ji| is above tolerance · max |a|; else 0 and the place i < j of the largest.
int ck_is_symmetric(ck_size n, const double *a, double tolerance, ck_size *row, ck_size *column);
/// x (n × columns) ← the solution of a x = b by elimination with row exchanges; x and b may be the same.
/// *reciprocal ← 1 / the condition of a in the 1-norm, its rows and columns scaled by powers of 2 to largest elements
/// near 1, with the norm of the inverse estimated; 0 for a pivot that is 0. Below `precision` the matrix counts as
/// singular. On failure, also for a that is not finite, all of x is NaN.
int ck_solve(ck_size n, ck_size columns, double precision, const double *a, const double *b, double *x,
             double *reciprocal);
/// a ← its LU factors, pivot[i] ← row exchanged with row i; *sign ← that of the permutation.
int ck_lu(ck_size n, double *a, int64_t *pivot, int *sign);
/// The product of the pivots, which overflows only where the determinant does. `room`: n² + n numbers.
double ck_determinant(ck_size n, const double *a, double *room);
/// c ← the cofactors of a, the slope of its determinant: c_ij = (−1)^(i+j) det(a without row i and column j).
/// By elimination with full pivoting: as good at a singular matrix as elsewhere. `room`: 2 n² + 5 n + 2 numbers.
void ck_cofactors(ck_size n, const double *a, double *c, double *room);
/// c ← the slope of the cofactors of a in the direction e, linear in e. `room`: 2 n² + 5 n + 2 numbers.
void ck_cofactor_slope(ck_size n, const double *a, const double *e, double *c, double *room);
/// x ← the solution of op(t) x = b, op(t) = t or tᵀ, reading the lower or the upper triangle of t alone.
void ck_triangular_solve(int lower, int transposed, ck_size n, ck_size columns, const double *t, const double *b,
                         double *x);
/// The least |t_jj| over the largest magnitude in its row (of a lower triangle) or column (of an upper one): how far the
/// triangle is from singular, whatever the units; 1 for n = 0 and where t is not finite.
double ck_triangle_distance(int lower, ck_size n, const double *t);
/// q (m × k) and r (k × n), k = min(m, n), with a = q r; the diagonal of r is not negative. NaN where a is not finite.
int ck_qr(ck_size m, ck_size n, const double *a, double *q, double *r);
/// Eigenvalues of (a + aᵀ)/2, ascending, and eigenvectors in the columns of `vectors`; in each the first
/// component of largest magnitude is positive. On failure all are NaN.
int ck_symmetric_eigen(ck_size n, const double *a, double *values, double *vectors);
/// Eigenvalues of any square a, as n pairs (real part, imaginary part): by growing real part, then by growing
/// imaginary part; conjugates are exact. `single`: rounded to f32 first, so that their order is that of what is kept.
/// On failure all are NaN.
int ck_eigenvalues(ck_size n, const double *a, int single, double *values);
/// The largest magnitude of an eigenvalue; 0 for n = 0, NaN where there is none. `values`: 2 n numbers of room.
double ck_spectral_radius(ck_size n, const double *a, double *values);
/// a = u diag(s) vt with u (m × k), s descending, vt (k × n), k = min(m, n); in each column of u the first
/// component of largest magnitude is positive. On failure all are NaN.
int ck_svd(ck_size m, ck_size n, const double *a, double *u, double *s, double *vt);
/// p (m × n) ← the polar factor u vt of a over the singular values above max(m, n) ε s[0], ε of the type: a partial
/// isometry. On failure all is NaN.
int ck_polar_f32(ck_size m, ck_size n, const float *a, float *p);
int ck_polar_f64(ck_size m, ck_size n, const double *a, double *p);
/// p (n × m) ← the pseudo-inverse of a (m × n): singular values up to cut · the largest count as 0.
/// On failure all is NaN.
int ck_pseudo_inverse(ck_size m, ck_size n, double cut, const double *a, double *p);
