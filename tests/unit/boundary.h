/* tests/unit/boundary.h: the moments at which what a program did becomes known outside of it: a flush of a file, a send to a server. They are found where the C library
 * is called, by whatever code: a step that is new is among them by itself. */
#ifndef TL_UNIT_BOUNDARY_H
#define TL_UNIT_BOUNDARY_H

/* Called before each of them, on any thread; NULL: nothing is. */
void boundary_watch(void (*passed)(void));
/* The flush after the nth from here on says that the disk failed, though it did not; 0: none does. */
void boundary_fail_flush(int nth);

#endif
