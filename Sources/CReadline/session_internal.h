#ifndef DESCENT_SESSION_INTERNAL_H
#define DESCENT_SESSION_INTERNAL_H

#include <signal.h>
#include <stdio.h>

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

/* The terminal's bytes for Readline. EOF also when a signal is to be answered, so that no character, search or paste
   that has begun keeps Ctrl-C waiting. */
int descent_input_getc(FILE *stream);

/* Whether there are bytes that were read and not yet taken. */
int descent_input_is_waiting(void);

/* Whether a byte can be taken within Readline's time for keys that send several: a lone Escape is told by it. */
int descent_input_is_available(void);

/* Ctrl-C: forgets what was typed ahead; the rest of a paste will be thrown away. */
void descent_input_abandon(void);

/* Throws the rest of an abandoned paste away, which would be run line by line otherwise. */
void descent_input_skip_paste(void);

/* The key `ESC [ ?`: an answer of the terminal. */
int descent_input_take_report(int count, int key);

/* The keys `ESC [ 200 ~`: a paste, which ends at `ESC [ 201 ~`. */
int descent_paste(int count, int key);

/* The line with the texts of its pastes; frees the one that is given. */
char *descent_pastes_put_back(char *line);

/* Forgets pastes, with the line they were for. */
void descent_pastes_forget(void);

#endif
