#define _GNU_SOURCE
#include "line_editor.h"
#include "session_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <readline/readline.h>

/* Keys */

/* Bytes that were read and not yet taken: the rest of a block, or what was typed while the terminal was asked. */
static char early[4096];
static int early_count;
static int early_next;

static const char paste_begin[] = "\033[200~";
static const char paste_end[] = "\033[201~";
static int begin_match, end_match;
/* Inside of a paste; after Ctrl-C its rest is thrown away and never run. */
static int is_pasting, is_skipping;
/* A paste whose end was lost counts as over after so long a silence, in milliseconds. */
enum { PASTE_SILENCE = 300 };

int descent_input_is_waiting(void) { return early_next < early_count; }

/* How much of a pattern a stream of bytes has matched; its length when this byte completes it. */
static int advance_match(const char *pattern, int matched, char byte) {
  if (byte == pattern[matched]) return matched + 1;
  return byte == pattern[0] ? 1 : 0;
}

static void follow_paste(char byte) {
  begin_match = advance_match(paste_begin, begin_match, byte);
  end_match = advance_match(paste_end, end_match, byte);
  if (!paste_begin[begin_match]) {
    is_pasting = 1;
    begin_match = 0;
  }
  if (!paste_end[end_match]) {
    is_pasting = is_skipping = 0;
    end_match = 0;
  }
}

/* 1 when there are bytes to take, 0 at the terminal's end, -1 when a signal is to be answered or after `milliseconds`. */
static int fill(int milliseconds) {
  if (early_next < early_count) return 1;
  for (;;) {
    if (descent_events.interrupted || descent_events.leaving) return -1;
    struct pollfd sources[2] = {{.fd = 0, .events = POLLIN}, {.fd = descent_events.wake[0], .events = POLLIN}};
    int ready = poll(sources, 2, milliseconds);
    if (ready == 0) return -1;
    if (ready < 0 && errno != EINTR) return 0;
    if (ready < 0 || !sources[0].revents) {
      char bytes[64];
      while (descent_events.wake[0] >= 0 && read(descent_events.wake[0], bytes, sizeof bytes) > 0) {
      }
      continue;
    }
    /* A block at once: a paste of a megabyte is a million bytes. */
    ssize_t count = read(0, early, sizeof early);
    if (count > 0) {
      early_next = 0;
      early_count = (int)count;
      return 1;
    }
    if (count == 0 && isatty(0) && !(sources[0].revents & (POLLHUP | POLLERR))) continue; /* dropped by Ctrl-C */
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) return 0;
  }
}

static int next_byte(char *byte, int milliseconds) {
  int result = fill(milliseconds);
  if (result == 1) *byte = early[early_next++];
  return result;
}

int descent_input_getc(FILE *stream) {
  (void)stream;
  char byte;
  if (next_byte(&byte, -1) != 1) return EOF;
  follow_paste(byte);
  return (unsigned char)byte;
}

int descent_input_is_available(void) {
  if (descent_input_is_waiting()) return 1;
  /* A negative time only asks for the present one, in microseconds. */
  struct pollfd source = {.fd = 0, .events = POLLIN};
  return poll(&source, 1, rl_set_keyboard_input_timeout(-1) / 1000) > 0;
}

void descent_input_abandon(void) {
  early_next = early_count = 0;
  is_skipping = is_pasting;
  descent_pastes_forget();
}

void descent_input_skip_paste(void) {
  char byte;
  while (is_skipping) {
    int result = next_byte(&byte, PASTE_SILENCE);
    if (result == 1) {
      follow_paste(byte);
    } else if (descent_events.interrupted && !descent_events.leaving) {
      descent_events.interrupted = 0; /* there is nothing more to forget */
    } else {
      is_skipping = is_pasting = 0;
    }
  }
}

/* What the terminal can do */

static int has_sixel = -1;

/* Takes `62;4;22` of an answer `ESC [ ? 62 ; 4 ; 22 c`: the terminal's class, then what it can do. */
static void take_attributes(const char *text) {
  int number = 0, position = 0;
  has_sixel = 0;
  for (;; text++) {
    if (*text >= '0' && *text <= '9' && number < 10000) {
      number = 10 * number + (*text - '0');
      continue;
    }
    if (position > 0 && number == 4) has_sixel = 1;
    if (*text != ';') return;
    number = 0;
    position++;
  }
}

/* Bound to `ESC [ ?`, which no key sends: an answer that came too late must not be taken for typing. */
int descent_input_take_report(int count, int key) {
  (void)count;
  (void)key;
  char text[64];
  size_t length = 0;
  char byte;
  while (length + 1 < sizeof text && next_byte(&byte, 50) == 1) {
    if (byte >= 0x40 && byte <= 0x7E) {
      text[length] = 0;
      if (byte == 'c') take_attributes(text);
      break;
    }
    text[length++] = byte;
  }
  return 0;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Reads until the answer is whole; the bytes around it are kept as typed. */
static void await_attributes(int milliseconds) {
  static const char head[] = "\033[?";
  char text[64], typed[256];
  size_t length = 0;
  int typed_count = 0, matched = 0;
  double end = seconds() + 1e-3 * milliseconds;
  while (has_sixel < 0 && typed_count < (int)sizeof typed) {
    int left = (int)(1e3 * (end - seconds()));
    char byte;
    if (left <= 0 || next_byte(&byte, left) != 1) break;
    if (matched < 3) {
      matched = byte == head[matched] ? matched + 1 : byte == head[0] ? 1 : 0;
      typed[typed_count++] = byte;
      if (matched == 3) typed_count -= 3;
    } else if (byte >= 0x40 && byte <= 0x7E) {
      text[length] = 0;
      if (byte == 'c') take_attributes(text);
      matched = 0;
      length = 0;
    } else if (length + 1 < sizeof text) {
      text[length++] = byte;
    }
  }
  int rest = early_count - early_next;
  if (typed_count + rest > (int)sizeof early) rest = (int)sizeof early - typed_count;
  memmove(early + typed_count, early + early_next, (size_t)rest);
  memcpy(early, typed, (size_t)typed_count);
  early_next = 0;
  early_count = typed_count + rest;
}

int descent_terminal_has_sixel(int milliseconds) {
  static int is_asked;
  if (has_sixel >= 0 || is_asked) return has_sixel > 0;
  if (!isatty(0) || !isatty(1) || tcgetpgrp(0) != getpgrp()) return 0;
  struct termios usual, raw;
  if (tcgetattr(0, &usual) != 0) return 0;
  raw = usual;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(0, TCSANOW, &raw) != 0) return 0;
  int waiting = 0;
  /* Somebody types already: no time for questions. */
  int is_typing = descent_input_is_waiting() || ioctl(0, FIONREAD, &waiting) != 0 || waiting > 0;
  if (!is_typing && write(1, "\033[c", 3) == 3) {
    is_asked = 1;
    await_attributes(milliseconds);
  }
  tcsetattr(0, TCSANOW, &usual);
  return has_sixel > 0;
}
