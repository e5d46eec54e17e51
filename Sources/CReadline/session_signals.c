#define _GNU_SOURCE
#include "session_signals.h"
#include "line_editor.h"
#include "session_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

struct descent_session_events descent_events = {.wake = {-1, -1}};

static volatile int32_t no_flag;
static volatile int32_t *computations = &no_flag;
static struct timespec last_interrupt = {.tv_sec = -10};

/* With an input in between, a second Ctrl-C stops that input and is no wish to leave. */
void descent_session_signals_settle(void) { last_interrupt.tv_sec = -10; }

static int soon_after_the_last(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  double passed = (double)(now.tv_sec - last_interrupt.tv_sec) + 1e-9 * (double)(now.tv_nsec - last_interrupt.tv_nsec);
  last_interrupt = now;
  return passed < 1.0;
}

static void on_interrupt(void) {
  int again = soon_after_the_last();
  /* The third one is for those who cannot wait for the orderly end; Readline's terminal must not be left behind. */
  if (descent_events.leaving && !descent_events.reading) {
    descent_terminal_give_back();
    _exit(128 + SIGINT);
  }
  if (again) descent_events.leaving = SIGINT;
  descent_events.interrupted = 1;
}

static void on_signal(int number) {
  int saved = errno;
  switch (number) {
  case SIGINT: on_interrupt(); break;
  case SIGWINCH: descent_events.resized = 1; break;
  case SIGTSTP: descent_events.suspended = 1; break;
  default: descent_events.leaving = number;
  }
  if (number != SIGWINCH && number != SIGTSTP && *computations == 0) *computations = number;
  if (descent_events.wake[1] >= 0) {
    /* A full pipe wakes as well as one byte more. */
    ssize_t written = write(descent_events.wake[1], "", 1);
    (void)written;
  }
  errno = saved;
}

static int is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void handle(int number) {
  struct sigaction action = {0};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  /* No SA_RESTART: whatever waits shall look up. */
  if (!is_ignored(number)) sigaction(number, &action, NULL);
}

void descent_session_signals_install(volatile int32_t *flag) {
  computations = flag;
  if (descent_events.wake[0] < 0 && pipe2(descent_events.wake, O_CLOEXEC | O_NONBLOCK) != 0) {
    descent_events.wake[0] = descent_events.wake[1] = -1;
  }
  handle(SIGINT);
  handle(SIGTERM);
  handle(SIGHUP);
  handle(SIGWINCH);
}

void descent_session_catch_suspend(int caught) {
  if (is_ignored(SIGTSTP)) return;
  if (caught) {
    handle(SIGTSTP);
  } else {
    signal(SIGTSTP, SIG_DFL);
  }
}

void descent_session_signals_clear(void) {
  if (descent_events.interrupted) descent_input_abandon(); /* as the terminal drops what it holds */
  descent_events.interrupted = 0;
  if (!descent_events.leaving) *computations = 0;
}

int descent_session_signals_interrupted(void) { return descent_events.interrupted; }

int descent_session_signals_leaving(void) { return descent_events.leaving; }
