/* ledger/job.c: simulator jobs under way. They are worth a day: an older one is no answer to what is asked today. */
#include "ledger/tables.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

struct kept {
	struct tl_str environment, request, job;
};

int tl_ledger_job_find(struct tl_str *job, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_str request,
                       struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(environment), TL_P_TEXT(request), TL_P_INT(tl_ledger_now_ms(ledger) - DAY_MS) };
	struct tl_result rows;

	*job = TL_STR("");
	if (tl_ledger_query(&rows, arena, ledger, TL_LEDGER_JOB_FIND, params, TL_COUNT(params), err) != 0)
		return -1;
	if (rows.n_rows > 0)
		*job = rows.rows[0].columns[0].text;
	return 0;
}

static int keep(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct kept *kept = data;
	int64_t now_ms = tl_ledger_now_ms(ledger);
	struct tl_param params[] = { TL_P_TEXT(kept->environment), TL_P_TEXT(kept->request), TL_P_TEXT(kept->job), TL_P_INT(now_ms) };
	struct tl_param before[] = { TL_P_INT(now_ms - DAY_MS) };

	if (tl_db_run(ledger->db, TL_LEDGER_JOB_PURGE, before, TL_COUNT(before), NULL, err) != 0)
		return -1;
	return tl_db_run(ledger->db, TL_LEDGER_JOB_KEEP, params, TL_COUNT(params), NULL, err);
}

int tl_ledger_job_keep(struct tl_ledger *ledger, struct tl_str environment, struct tl_str request, struct tl_str job, struct tl_error *err)
{
	struct kept kept = { environment, request, job };

	return tl_ledger_write(ledger, TL_STR(""), keep, &kept, err);
}

static int forget(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct kept *kept = data;
	struct tl_param params[] = { TL_P_TEXT(kept->environment), TL_P_TEXT(kept->request) };

	return tl_db_run(ledger->db, TL_LEDGER_JOB_OVER, params, TL_COUNT(params), NULL, err);
}

int tl_ledger_job_over(struct tl_ledger *ledger, struct tl_str environment, struct tl_str request, struct tl_error *err)
{
	struct kept kept = { .environment = environment, .request = request };

	return tl_ledger_write(ledger, TL_STR(""), forget, &kept, err);
}
