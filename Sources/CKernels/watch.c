// Breaking long kernels off.
#define _GNU_SOURCE
#include "ck_watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Thread_local const volatile int32_t *ck_watched_flag;

const volatile int32_t *ck_watch(const volatile int32_t *flag) {
  const volatile int32_t *before = ck_watched_flag;
  ck_watched_flag = flag;
  return before;
}

// MARK: calls that may be abandoned

/// A call on memory of its own. Whoever comes second, the caller that gives up or the thread that ends, frees it.
struct task {
  struct ck_call call;
  pthread_mutex_t lock;
  pthread_cond_t ended;
  int isDone, isAbandoned, result;
};

static void release(struct task *task) {
  for (int i = 0; i < 4; i++) free(task->call.memory[i]);
  pthread_cond_destroy(&task->ended);
  pthread_mutex_destroy(&task->lock);
  free(task);
}

static void *perform(void *context) {
  struct task *task = context;
  int result = task->call.work(&task->call);
  pthread_mutex_lock(&task->lock);
  task->result = result;
  task->isDone = 1;
  int isAbandoned = task->isAbandoned;
  pthread_cond_signal(&task->ended);
  pthread_mutex_unlock(&task->lock);
  if (isAbandoned) release(task);
  return NULL;
}

/// NULL where there is no memory for it.
static struct task *copy_of(const struct ck_call *call) {
  struct task *task = calloc(1, sizeof *task);
  if (!task) return NULL;
  pthread_mutex_init(&task->lock, NULL);
  pthread_cond_init(&task->ended, NULL);
  task->call = *call;
  for (int i = 0; i < 4; i++) task->call.memory[i] = NULL;
  for (int i = 0; i < 4; i++) {
    if (!call->length[i]) continue;
    size_t bytes = (size_t)call->length[i] * sizeof(double);
    double *copy = malloc(bytes);
    if (!copy) {
      release(task);
      return NULL;
    }
    task->call.memory[i] = memcpy(copy, call->memory[i], bytes);
  }
  return task;
}

/// LAPACK's blocks of work are on its stack.
static int start(struct task *task) {
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes)) return 0;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 8 << 20);
  int failed = pthread_create(&thread, &attributes, perform, task);
  pthread_attr_destroy(&attributes);
  return !failed;
}

/// Looks at the flag fifty times a second.
static void wait_for(struct task *task) {
  while (!task->isDone && !ck_stopped()) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += 20000000;
    if (time.tv_nsec >= 1000000000) {
      time.tv_nsec -= 1000000000;
      time.tv_sec++;
    }
    pthread_cond_timedwait(&task->ended, &task->lock, &time);
  }
}

int ck_call_watched(const struct ck_call *call, int isLong) {
  struct task *task = isLong && ck_watched_flag ? copy_of(call) : NULL;
  if (!task) return call->work(call);
  if (!start(task)) {
    release(task);
    return call->work(call);
  }
  pthread_mutex_lock(&task->lock);
  wait_for(task);
  int isDone = task->isDone;
  task->isAbandoned = !isDone;
  pthread_mutex_unlock(&task->lock);
  if (!isDone) return CK_ABANDONED;
  int result = task->result;
  for (int i = 0; i < 4; i++)
    if (call->length[i]) memcpy(call->memory[i], task->call.memory[i], (size_t)call->length[i] * sizeof(double));
  release(task);
  return result;
}
