// A pool of threads that share numbered blocks of work.
#define _GNU_SOURCE
#include "ck_watch.h"
#include "ck_workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST_WORKERS = 255 };

// One job at a time. A worker takes part if its number is below `wanted`, then reports in `running`.
static struct {
  pthread_mutex_t busy;  // held by the caller for the whole job
  pthread_mutex_t lock;  // guards what follows
  pthread_cond_t wake, done;
  int started, wanted, running;
  unsigned long job;
  ck_size blocks;
  void (*work)(void *, ck_size);
  void *context;
  const volatile int32_t *flag;  // what the caller's kernels watch
  atomic_ptrdiff_t next;
} pool = {.busy = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static _Thread_local int inside;
static atomic_int threadCount = 1;

static void take_blocks(void (*work)(void *, ck_size), void *context, ck_size blocks) {
  inside = 1;
  while (!ck_stopped()) {
    ck_size block = atomic_fetch_add(&pool.next, 1);
    if (block >= blocks) break;
    work(context, block);
  }
  inside = 0;
}

static void *worker(void *number) {
  int mine = (int)(intptr_t)number;
  unsigned long seen = 0;
  pthread_mutex_lock(&pool.lock);
  for (;;) {
    while (pool.job == seen || mine >= pool.wanted) {
      seen = pool.job;
      pthread_cond_wait(&pool.wake, &pool.lock);
    }
    seen = pool.job;
    void (*work)(void *, ck_size) = pool.work;
    void *context = pool.context;
    ck_size blocks = pool.blocks;
    ck_watch(pool.flag);
    pthread_mutex_unlock(&pool.lock);
    take_blocks(work, context, blocks);
    ck_watch(NULL);
    pthread_mutex_lock(&pool.lock);
    if (--pool.running == 0) pthread_cond_signal(&pool.done);
  }
  return NULL;
}

/// Starts workers up to `count`; as many as the system grants. The lock is held.
static void start_workers(int count) {
  pthread_attr_t attributes;
  if (pool.started >= count || pthread_attr_init(&attributes)) return;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  while (pool.started < count) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, worker, (void *)(intptr_t)pool.started)) break;
    pool.started++;
  }
  pthread_attr_destroy(&attributes);
}

void ck_parallel(ck_size blocks, int threads, void (*work)(void *context, ck_size block), void *context) {
  if (threads > MOST_WORKERS + 1) threads = MOST_WORKERS + 1;
  if (threads > blocks) threads = (int)blocks;
  if (threads <= 1 || inside || pthread_mutex_trylock(&pool.busy)) {
    for (ck_size block = 0; block < blocks && !ck_stopped(); block++) work(context, block);
    return;
  }
  pthread_mutex_lock(&pool.lock);
  start_workers(threads - 1);
  pool.wanted = threads - 1 < pool.started ? threads - 1 : pool.started;
  pool.running = pool.wanted;
  pool.work = work;
  pool.context = context;
  pool.flag = ck_watched_flag;
  pool.blocks = blocks;
  atomic_store(&pool.next, 0);
  pool.job++;
  pthread_cond_broadcast(&pool.wake);
  pthread_mutex_unlock(&pool.lock);
  take_blocks(work, context, blocks);
  pthread_mutex_lock(&pool.lock);
  while (pool.running > 0) pthread_cond_wait(&pool.done, &pool.lock);
  pthread_mutex_unlock(&pool.lock);
  pthread_mutex_unlock(&pool.busy);
}

int ck_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

void ck_set_threads(int threads) { atomic_store(&threadCount, threads < 1 ? 1 : threads); }

int ck_threads(void) { return atomic_load(&threadCount); }
