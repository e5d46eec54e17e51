// Random numbers without state: Philox4x32-10 (Salmon et al., SC 2011, doi:10.1145/2063384.2063405).
// The counter is (element group, lane, step low, step high), 32 bits each; the key is 64 bits. Element i of
// a (key, step, lane) is the same whether computed alone or in an array, on every level.
//   f64: group g = i / 16; counter g·8 + i mod 8; word pair (i / 8) mod 2 (high word first).
//   f32: group g = i / 32; counter g·8 + i mod 8; word (i / 8) mod 4.
#pragma once
#include "ck_level.h"

/// Key of one stream: each argument is mixed in by one round of SplitMix64 (Steele et al., 2014):
/// h ← mix(seed), h ← mix(h ⊕ purpose), h ← mix(h ⊕ replicate), where mix adds the golden gamma first.
uint64_t ck_key(uint64_t seed, uint64_t purpose, uint64_t replicate);
/// The generator itself, for known-answer tests.
void ck_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/// Raw 64-bit words, laid out as f64 elements are.
void ck_random_u64(uint64_t *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first);
/// Whole numbers 0 ..< bound (word · bound / 2⁶⁴: bias below bound / 2⁶⁴); 0 for a bound < 1.
void ck_integers_i64(int64_t *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first,
                     int64_t bound);
/// A permutation of 0 ..< n (Fisher–Yates from the last position down, words as above).
void ck_permutation_i64(int64_t *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane);
/// `count` distinct numbers of 0 ..< n in the order drawn: the first `count` of a lazily made permutation.
/// `scratch` holds n numbers.
void ck_sample_without_replacement_i64(int64_t *out, ck_size count, ck_size n, int64_t *scratch, uint64_t key,
                                       uint64_t step, uint32_t lane);

#define CK_DECLARE_RANDOM(T, S)                                                                                    \
  /* [0, 1): multiples of 2⁻⁵³ (f64) or 2⁻²⁴ (f32) */                                                              \
  void ck_uniform_##S(T *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first);               \
  /* Box–Muller: two uniform numbers of a counter, u in (0, 1] and v, give √(-2 ln u) cos 2πv at the first's     \
     place and √(-2 ln u) sin 2πv at the second's */           \
  void ck_normal_##S(T *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first);                \
  /* -ln u, u in (0, 1] */                                                                                         \
  void ck_exponential_##S(T *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first);           \
  /* ±1 by the top bit of the word (set: -1) */                                                                    \
  void ck_rademacher_##S(T *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first);
CK_DECLARE_RANDOM(double, f64)
CK_DECLARE_RANDOM(float, f32)
