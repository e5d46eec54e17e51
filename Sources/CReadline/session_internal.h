#ifndef DESCENT_SESSION_INTERNAL_H
#define DESCENT_SESSION_INTERNAL_H

#include <signal.h>

/* What the handlers tell the reader of lines. */
struct descent_session_events {
  volatile sig_atomic_t interrupted; /* Ctrl-C */
  volatile sig_atomic_t resized;     /* the window has another size */
  volatile sig_atomic_t suspended;   /* Ctrl-Z */
  volatile sig_atomic_t leaving;     /* the signal by which the session ends */
  volatile sig_atomic_t reading;     /* the terminal is in Readline's hands */
  int wake[2];                       /* a byte for each signal; -1 without handlers */
};

extern struct descent_session_events descent_events;

/* Lets Ctrl-Z be handled by the reader (1) or by the system (0). */
void descent_session_catch_suspend(int caught);

#endif
