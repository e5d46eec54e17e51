// Arrays of programs that run: made, shared, copied before they are written to.
#pragma once
#include <string.h>
#include "ck_loop.h"
#include "ck_memory.h"

/// Bytes of what describes an array, which lies before its elements.
enum { ARRAY_HEAD = (sizeof(struct ck_loop_array) + 63) / 64 * 64 };

static void link_array(struct ck_loop_state *state, struct ck_loop_array *array) {
  array->previous = NULL;
  array->next = state->arrays;
  if (state->arrays) state->arrays->previous = array;
  state->arrays = array;
}

/// An array with room for so many elements, as many as another has; NULL where there is none.
static struct ck_loop_array *new_array(struct ck_loop_state *state, int64_t count) {
  char *memory = ck_allocate_beyond_limit(ARRAY_HEAD + (ck_size)count * 8);
  if (!memory) return NULL;
  struct ck_loop_array *array = (struct ck_loop_array *)memory;
  *array = (struct ck_loop_array){.references = 1, .count = count, .rows = count, .capacity = count};
  array->elements = (union ck_loop_cell *)(memory + ARRAY_HEAD);
  link_array(state, array);
  return array;
}

static void free_array(struct ck_loop_array *array) {
  ck_release(array, ARRAY_HEAD + (ck_size)array->capacity * 8);
}

static inline void drop_array(struct ck_loop_state *state, struct ck_loop_array *array) {
  if (!array || --array->references > 0) return;
  if (array->previous) array->previous->next = array->next;
  else state->arrays = array->next;
  if (array->next) array->next->previous = array->previous;
  free_array(array);
}

/// An array that may be written to in place of `array`, which is given up; NULL where there is no memory.
static struct ck_loop_array *own_array(struct ck_loop_state *state, struct ck_loop_array *array) {
  if (array->references == 1 && array->capacity > 0) return array;
  struct ck_loop_array *copy = new_array(state, array->count);
  if (!copy) return NULL;
  memcpy(copy->elements, array->elements, (size_t)array->count * 8);
  copy->rows = array->rows;
  copy->columns = array->columns;
  drop_array(state, array);
  return copy;
}
