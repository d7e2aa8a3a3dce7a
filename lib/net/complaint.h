/* net/complaint.h: what a server's answer says about why it said no, in words that are safe to show. The room's own. */
#ifndef TL_NET_COMPLAINT_H
#define TL_NET_COMPLAINT_H

#include "net/http.h"

/* Whether a 2xx, or another status that is taken for an answer, came from an API: an empty body, or JSON that begins and ends as such. */
bool tl_answer_is_json(const struct tl_http_answer *answer);
/* The server's own words of the body, cut at 200 bytes: "message (code)" of JSON, "HTML instead of JSON" where it is such. In `arena`. */
struct tl_str tl_answer_words(struct tl_arena *arena, const struct tl_http_answer *answer);
/* "it is packed as 'gzip', which nobody asked for"; empty where it is not. In `arena`. */
struct tl_str tl_answer_packing(struct tl_arena *arena, const struct tl_http_answer *answer);
/* The scopes that a 403 names ("flow:edit"), joined by ", "; empty where it names none. In `arena`. */
struct tl_str tl_answer_scopes(struct tl_arena *arena, const struct tl_http_answer *answer);
/* The server's id of the request: of its headers, else of an error's body. Empty where there is none. In `arena`. */
struct tl_str tl_answer_correlation(struct tl_arena *arena, const struct tl_http_answer *answer);
/* Overwrites a secret wherever an answer repeats it, in its head and its body, so that no message can. Left as it is: what is shorter than 4 bytes, and in the body
 * of an answer that is `good`, and read for more than its words, what is shorter than 16. */
void tl_answer_mask(struct tl_http_answer *answer, struct tl_str secret, bool good);

#endif
