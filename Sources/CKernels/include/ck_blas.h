// OpenBLAS and LAPACK, loaded at run time when first needed (Debian: libopenblas0-pthread, also
// libopenblas0-serial, -openmp). Always one thread. Matrices here are column-major, as in LAPACK.
#pragma once
#include "ck_level.h"

/// Loads the library if that has not been tried; 1 if it is there. Safe to call from any thread.
int ck_blas_load(void);
/// Whether calls of this thread may use the library (1 at first); for tests of the kernels that stand in for it.
void ck_blas_allow(int allowed);
/// The name of the kernel set that the library chose (`SkylakeX`, `Haswell`, …); empty without library.
const char *ck_blas_kernels(void);

// Each returns LAPACK's info (0: done, > 0: singular, not definite, not converged), -1000 without library or -1001
// without memory. Meaning as in LAPACK, workspace handled inside.
int ck_lapack_potrf(ck_size n, double *a);                                /* upper triangle of column-major a */
/* a ← its factors, pivot ← n rows exchanged, from 1, each in 32 bits, b ← the solution */
int ck_lapack_gesv(ck_size n, ck_size columns, double *a, int64_t *pivot, double *b);
int ck_lapack_geqrf(ck_size m, ck_size n, double *a, double *tau);
int ck_lapack_orgqr(ck_size m, ck_size n, ck_size k, double *a, const double *tau);
int ck_lapack_syevd(ck_size n, double *a, double *values);                /* a ← vectors in columns, ascending */
int ck_lapack_gesdd(ck_size m, ck_size n, double *a, double *s, double *u, double *vt);  /* thin */

// For the products of this library: row-major gemm of the loaded library.
void ck_blas_gemm_f64(int ta, int tb, ck_size m, ck_size n, ck_size k, double alpha, const double *A, ck_size lda,
                      const double *B, ck_size ldb, double beta, double *C, ck_size ldc);
void ck_blas_gemm_f32(int ta, int tb, ck_size m, ck_size n, ck_size k, float alpha, const float *A, ck_size lda,
                      const float *B, ck_size ldb, float beta, float *C, ck_size ldc);
// The upper triangle of C ← A Aᵀ with A n × k, or with t: Aᵀ A with A k × n, row-major.
void ck_blas_syrk_f64(int t, ck_size n, ck_size k, const double *A, ck_size lda, double *C, ck_size ldc);
void ck_blas_syrk_f32(int t, ck_size n, ck_size k, const float *A, ck_size lda, float *C, ck_size ldc);
