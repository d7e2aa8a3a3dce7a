/* report/fingerprint.h: what makes a finding the same one after lines above it have moved. */
#ifndef TL_REPORT_FINGERPRINT_H
#define TL_REPORT_FINGERPRINT_H

#include "base/finding.h"
#include "base/map.h"
#include "crypto/sha256.h"

/* Fingerprints of one report: equal findings are told apart by their order. {0} to start. */
struct tl_fingerprints {
	struct tl_arena arena;
	struct tl_map seen; /* fingerprint -> how often */
};

/* SHA-256 of rule, file, message and source line (without the blanks around it), and of how many such came before. */
void tl_fingerprint(char out[TL_SHA256_SIZE], struct tl_fingerprints *fingerprints, const struct tl_finding *finding);
void tl_fingerprints_clear(struct tl_fingerprints *fingerprints);

#endif
