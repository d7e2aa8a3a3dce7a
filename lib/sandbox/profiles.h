/* sandbox/profiles.h: what is known of callers, by an id of somebody else's. In memory. */
#ifndef TL_SANDBOX_PROFILES_H
#define TL_SANDBOX_PROFILES_H

#include "doc/json.h"
#include "sandbox/refusal.h"

struct tl_profiles;

struct tl_profiles *tl_profiles_new(void);
void tl_profiles_free(struct tl_profiles *profiles); /* NULL is fine */
/* Adds or replaces one: {externalId, attributes {}, id, dateCreated, dateModified, metadata {}}; all but the first may be left out. 200, or 422. */
int tl_profiles_put(struct tl_profiles *profiles, struct tl_refusal *refusal, const struct tl_item *profile, int64_t now_ms);
/* The profile as JSON, borrowed: 200 or 404. */
int tl_profiles_get(struct tl_str *out, struct tl_refusal *refusal, const struct tl_profiles *profiles, struct tl_str external_id);
/* Its attributes, a map; NULL where there is none. `profiles` is a struct tl_profiles: for struct tl_trial_services. */
const struct tl_item *tl_profiles_attributes(void *profiles, struct tl_str external_id);

#endif
