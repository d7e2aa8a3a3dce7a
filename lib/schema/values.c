/* Single demands on a value: is it one of these, a multiple of that, are all different. */
#include <math.h>
#include <float.h>
#include <stdlib.h>

#include "schema/node.h"

bool tl_values_hold(const struct tl_values *values, const struct tl_item *item)
{
	if (values->constant)
		return tl_item_equal(values->list, item);
	if (values->strings)
		return item->kind == TL_STRING && tl_keys_find(&values->keys, item->text) != TL_NONE;
	for (const struct tl_item *value = values->list->first; value; value = value->next)
		if (tl_item_equal(value, item))
			return true;
	return false;
}

/* Whether `number` is a multiple of `step`, as people write them: 0.0075 is one of 0.0001, though not in binary. */
bool tl_step_holds(double number, double step)
{
	double times = number / step;
	if (!isfinite(times) || (tl_is_whole(number) && tl_is_whole(step)))
		return fmod(number, step) == 0;
	return fabs(times - round(times)) <= fabs(times) * 4 * DBL_EPSILON;
}

/* A hash under which equal items are equal: blind to the order of keys and to how a number is written. */
static uint64_t item_hash(const struct tl_item *item)
{
	uint64_t hash = 1469598103934665603u ^ (uint64_t)item->kind;
	double number = item->number == 0 ? 0 : item->number; /* -0 is 0 */
	switch (item->kind) {
	case TL_NULL:
		return hash;
	case TL_BOOLEAN:
		return hash * 31 + item->boolean;
	case TL_NUMBER:
		return hash ^ tl_str_hash((struct tl_str){ (const char *)&number, sizeof(number) });
	case TL_STRING:
		return hash ^ tl_str_hash(item->text);
	case TL_LIST:
		for (const struct tl_item *child = item->first; child; child = child->next)
			hash = hash * 1099511628211u + item_hash(child);
		return hash;
	case TL_MAP:
		for (const struct tl_item *child = item->first; child; child = child->next)
			hash += tl_str_hash(child->key) * (item_hash(child) | 1);
		return hash;
	}
	return hash;
}

struct hashed {
	uint64_t hash;
	uint32_t place;
	const struct tl_item *item;
};

static int compare_hashed(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* The first in the document that repeats an earlier one of the same hash, or NULL. */
static const struct hashed *find_twin(const struct hashed *rows, uint32_t count)
{
	const struct hashed *twin = NULL;
	for (uint32_t i = 1; i < count; i++) {
		for (uint32_t j = i; j > 0 && rows[j - 1].hash == rows[i].hash; j--) {
			if (!tl_item_equal(rows[j - 1].item, rows[i].item))
				continue;
			if (!twin || rows[i].place < twin->place)
				twin = &rows[i];
			break;
		}
	}
	return twin;
}

/* Whether no two items of `list` are equal; *twin (may be NULL) becomes the first that repeats an earlier one. */
bool tl_items_distinct(const struct tl_item *list, const struct tl_item **twin)
{
	struct hashed *rows = tl_alloc_zero(list->count ? list->count : 1, sizeof(*rows));
	uint32_t count = 0;
	for (const struct tl_item *child = list->first; child; child = child->next, count++)
		rows[count] = (struct hashed){ item_hash(child), count, child };
	qsort(rows, count, sizeof(*rows), compare_hashed);
	const struct hashed *found = find_twin(rows, count);
	if (twin)
		*twin = found ? found->item : NULL;
	free(rows);
	return !found;
}
