/* store/libpq.h: PostgreSQL's client library, loaded when a server is first asked for: whoever keeps to files needs none. */
#ifndef TL_STORE_LIBPQ_H
#define TL_STORE_LIBPQ_H

#include <libpq-fe.h>

#include "base/error.h"

/* What is used of it. The types are those that its own header declares. */
#define TL_LIBPQ_FUNCTIONS(X) \
	X(cmdStatus) X(cmdTuples) X(clear) X(conninfoFree) X(conninfoParse) X(connectPoll) X(connectStart) X(errorMessage) X(exec) \
	X(execPrepared) X(finish) X(freemem) X(ftype) X(getisnull) X(getlength) X(getvalue) X(nfields) X(ntuples) X(parameterStatus) X(prepare) \
	X(resultErrorField) X(resultStatus) X(serverVersion) X(setErrorVerbosity) X(setNoticeProcessor) X(socket) X(status)

struct tl_libpq {
#define TL_LIBPQ_MEMBER(name) __typeof__(PQ##name) *name;
	TL_LIBPQ_FUNCTIONS(TL_LIBPQ_MEMBER)
#undef TL_LIBPQ_MEMBER
};

/* Loads it; it stays loaded. TL_UNSUPPORTED where it is not installed. */
int tl_libpq_load(struct tl_libpq *out, struct tl_error *err);

#endif
