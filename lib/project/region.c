/* project/region.c: the domains of Genesys Cloud by region, and how NICE CXone names its hosts. */
#include "project/region.h"

#include "base/buf.h"
#include "base/text.h"

static const struct region {
	const char *name, *domain;
} region_table[] = {
	{ "us-east-1", "mypurecloud.com" },
	{ "us-east-2", "use2.us-gov-pure.cloud" },
	{ "us-west-2", "usw2.pure.cloud" },
	{ "ca-central-1", "cac1.pure.cloud" },
	{ "mx-central-1", "mxc1.pure.cloud" },
	{ "sa-east-1", "sae1.pure.cloud" },
	{ "eu-west-1", "mypurecloud.ie" },
	{ "eu-west-2", "euw2.pure.cloud" },
	{ "eu-central-1", "mypurecloud.de" },
	{ "eu-central-2", "euc2.pure.cloud" },
	{ "eusc-de-east-1", "edee1.eusc-pure.cloud" },
	{ "me-central-1", "mec1.pure.cloud" },
	{ "ap-south-1", "aps1.pure.cloud" },
	{ "ap-southeast-1", "apse1.pure.cloud" },
	{ "ap-southeast-2", "mypurecloud.com.au" },
	{ "ap-northeast-1", "mypurecloud.jp" },
	{ "ap-northeast-2", "apne2.pure.cloud" },
	{ "ap-northeast-3", "apne3.pure.cloud" },
};

static int no_such_region(struct tl_str region, struct tl_error *err)
{
	struct tl_str names[TL_COUNT(region_table)], near;
	struct tl_buf all = { 0 };

	for (size_t i = 0; i < TL_COUNT(region_table); i++) {
		names[i] = tl_str(region_table[i].name);
		tl_buf_printf(&all, "%s%s", i > 0 ? ", " : "", region_table[i].name);
	}
	near = tl_text_nearest(region, names, TL_COUNT(names));
	if (near.len > 0)
		tl_error_set(err, TL_USAGE, "there is no region '%.*s', did you mean '%.*s'?", TL_FMT(region), TL_FMT(near));
	else
		tl_error_set(err, TL_USAGE, "there is no region '%.*s': there is %.*s; 'login' and 'api' name any other address", TL_FMT(region),
		             TL_FMT(tl_buf_view(&all)));
	tl_buf_clear(&all);
	return -1;
}

/* A region of CXone is a part of a host's name; nothing else may come to stand there. */
static bool is_label(struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0 && i + 1 < text.len)))
			return false;
	}
	return text.len > 0 && text.len <= 32;
}

int tl_region_addresses(struct tl_str *login, struct tl_str *api, struct tl_arena *arena, struct tl_str platform, struct tl_str region,
                        struct tl_error *err)
{
	if (tl_str_is(platform, "cxone")) {
		if (!is_label(region))
			return tl_error_set(err, TL_USAGE, "'%.*s' is no region of NICE CXone such as us", TL_FMT(region));
		*api = tl_arena_printf(arena, "https://api.%.*s.niceincontact.com", TL_FMT(region));
		*login = *api;
		return 0;
	}
	for (size_t i = 0; i < TL_COUNT(region_table); i++) {
		if (!tl_str_is(region, region_table[i].name))
			continue;
		*login = tl_arena_printf(arena, "https://login.%s", region_table[i].domain);
		*api = tl_arena_printf(arena, "https://api.%s", region_table[i].domain);
		return 0;
	}
	return no_such_region(region, err);
}
