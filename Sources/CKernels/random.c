// Random numbers: keys, the generator itself, and what is drawn in order.
#include "ck_dispatch.h"
#include "ck_random.h"

#define DISPATCH_FILL(T, name)                                                                                     \
  CK_DISPATCH(void, name, (T * out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first),         \
              (out, n, key, step, lane, first))
DISPATCH_FILL(uint64_t, random_u64)
DISPATCH_FILL(double, uniform_f64)
DISPATCH_FILL(double, normal_f64)
DISPATCH_FILL(double, exponential_f64)
DISPATCH_FILL(double, rademacher_f64)
DISPATCH_FILL(float, uniform_f32)
DISPATCH_FILL(float, normal_f32)
DISPATCH_FILL(float, exponential_f32)
DISPATCH_FILL(float, rademacher_f32)

static uint64_t mix(uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t ck_key(uint64_t seed, uint64_t purpose, uint64_t replicate) {
  return mix(mix(mix(seed) ^ purpose) ^ replicate);
}

void ck_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]) {
  uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3], k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)x0 * 0xD2511F53u, p1 = (uint64_t)x2 * 0xCD9E8D57u;
    x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
    x1 = (uint32_t)p1;
    x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
    x3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/// word · bound / 2⁶⁴, rounded down.
static int64_t below(uint64_t word, int64_t bound) {
  return bound < 1 ? 0 : (int64_t)((unsigned __int128)word * (uint64_t)bound >> 64);
}

enum { CHUNK = 256 };

void ck_integers_i64(int64_t *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane, ck_size first,
                     int64_t bound) {
  uint64_t word[CHUNK];
  for (ck_size i = 0; i < n; i += CHUNK) {
    ck_size count = n - i < CHUNK ? n - i : CHUNK;
    ck_random_u64(word, count, key, step, lane, first + i);
    for (ck_size j = 0; j < count; j++) out[i + j] = below(word[j], bound);
  }
}

static void swap(int64_t *a, int64_t *b) {
  int64_t t = *a;
  *a = *b;
  *b = t;
}

void ck_permutation_i64(int64_t *out, ck_size n, uint64_t key, uint64_t step, uint32_t lane) {
  uint64_t word[CHUNK];
  for (ck_size i = 0; i < n; i++) out[i] = i;
  for (ck_size end = n; end > 0;) {
    ck_size first = (end - 1) / CHUNK * CHUNK;
    ck_random_u64(word, end - first, key, step, lane, first);
    for (ck_size i = end - 1; i >= first && i > 0; i--) swap(out + i, out + below(word[i - first], i + 1));
    end = first;
  }
}

void ck_sample_without_replacement_i64(int64_t *out, ck_size count, ck_size n, int64_t *scratch, uint64_t key,
                                       uint64_t step, uint32_t lane) {
  uint64_t word[CHUNK];
  for (ck_size i = 0; i < n; i++) scratch[i] = i;
  if (count > n) count = n;
  for (ck_size i = 0; i < count; i++) {
    if (i % CHUNK == 0) ck_random_u64(word, count - i < CHUNK ? count - i : CHUNK, key, step, lane, i);
    swap(scratch + i, scratch + i + below(word[i % CHUNK], n - i));
    out[i] = scratch[i];
  }
}
