/* tests/unit/test_check_implies.c: one condition implies another only where every value that satisfies it satisfies the other: tried for all pairs
 * of random conditions over all values that could tell them apart. */
#include "unit.h"

#include "check/implies.h"

/* Two variables, x and y; what each may be. */
static const struct tl_value domain[] = {
	{ .type = TL_UNSET },
	{ .type = TL_V_NUMBER, .number = 0 }, { .type = TL_V_NUMBER, .number = 1 }, { .type = TL_V_NUMBER, .number = 1.5 },
	{ .type = TL_V_NUMBER, .number = 2 }, { .type = TL_V_NUMBER, .number = 3 }, { .type = TL_V_NUMBER, .number = -1 },
	{ .type = TL_V_STRING, .text = { "", 0 } }, { .type = TL_V_STRING, .text = { "a", 1 } }, { .type = TL_V_STRING, .text = { "ab", 2 } },
	{ .type = TL_V_STRING, .text = { "abc", 3 } }, { .type = TL_V_STRING, .text = { "b", 1 } }, { .type = TL_V_STRING, .text = { "1", 1 } },
	{ .type = TL_V_BOOLEAN, .boolean = true }, { .type = TL_V_BOOLEAN, .boolean = false },
};

struct world {
	struct tl_value x, y;
};

static struct tl_value read_world(void *data, const struct tl_variable_ref *variable)
{
	const struct world *world = data;

	return variable->name.ptr[0] == 'x' ? world->x : world->y;
}

static bool holds(const struct tl_expr *expr, const struct world *world)
{
	struct tl_expr_env env = { .read = read_world, .data = (void *)(uintptr_t)world };

	return tl_expr_holds(expr, &env);
}

static bool really_implies(const struct tl_expr *p, const struct tl_expr *q)
{
	for (size_t i = 0; i < TL_COUNT(domain); i++) {
		for (size_t j = 0; j < TL_COUNT(domain); j++) {
			struct world world = { domain[i], domain[j] };

			if (holds(p, &world) && !holds(q, &world))
				return false;
		}
	}
	return true;
}

static uint32_t state = 12345;

static uint32_t pick(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static struct tl_expr random_literal(enum tl_operator op)
{
	struct tl_value value = domain[1 + pick(TL_COUNT(domain) - 1)];

	if (op == TL_OP_IS_SET)
		value = tl_value_boolean(pick(2) == 1);
	else if (op >= TL_OP_LESS_THAN && op <= TL_OP_AT_LEAST)
		value = domain[1 + pick(6)];
	else if (op == TL_OP_STARTS_WITH || op == TL_OP_CONTAINS)
		value = domain[7 + pick(6)];
	return (struct tl_expr){ .kind = TL_E_LITERAL, .value = value };
}

static struct tl_expr random_condition(struct tl_arena *arena, unsigned depth)
{
	enum tl_operator op = depth > 0 ? (enum tl_operator)pick(TL_OP_COUNT) : (enum tl_operator)(TL_OP_EQUALS + pick(TL_OP_COUNT - TL_OP_EQUALS));
	struct tl_expr expr = { .kind = TL_E_OPERATOR, .op = op };

	expr.n_args = op == TL_OP_NOT ? 1 : op <= TL_OP_ANY ? 1 + pick(3) : op == TL_OP_IN ? 2 + pick(3) : 2;
	expr.args = TL_ARENA_ARRAY(arena, struct tl_expr, expr.n_args);
	for (uint32_t i = 0; i < expr.n_args; i++)
		expr.args[i] = op <= TL_OP_NOT ? random_condition(arena, depth - 1) : random_literal(op);
	if (op > TL_OP_NOT)
		expr.args[0] = (struct tl_expr){ .kind = TL_E_VARIABLE, .variable = { .name = pick(4) ? TL_STR("x") : TL_STR("y") } };
	return expr;
}

static void what_is_implied_is_true(void **unused)
{
	struct tl_arena arena = { 0 };
	size_t implied = 0, plain = 0, plain_implied = 0;

	(void)unused;
	for (int i = 0; i < 60000; i++) {
		unsigned depth = i % 3 == 0 ? 0 : 2;
		struct tl_expr p = random_condition(&arena, depth), q = random_condition(&arena, depth);
		uint32_t steps = 1000;
		bool said = tl_expr_implies(&p, &q, &steps), right = really_implies(&p, &q);

		if (said && !right)
			fail_msg("pair %d: said to imply, and does not", i);
		implied += said;
		/* Comparisons of one variable that do imply each other are told, but for those that never hold. */
		if (depth == 0 && right && !really_implies(&p, &(struct tl_expr){ .kind = TL_E_OPERATOR, .op = TL_OP_ANY })) {
			plain++;
			plain_implied += said;
		}
		tl_arena_clear(&arena);
	}
	assert_true(implied > 1000);
	assert_true(plain_implied * 10 > plain * 5);
}

static void steps_bound_the_search(void **unused)
{
	struct tl_arena arena = { 0 };
	struct tl_expr p = random_condition(&arena, 0), q = random_condition(&arena, 0);
	uint32_t steps = 10000;

	(void)unused;
	/* all and any of one, 60 deep: as many ways through as there are paths. */
	for (int i = 0; i < 60; i++) {
		struct tl_expr *inner_p = TL_ARENA_ARRAY(&arena, struct tl_expr, 2), *inner_q = TL_ARENA_ARRAY(&arena, struct tl_expr, 2);

		inner_p[0] = inner_p[1] = p;
		inner_q[0] = inner_q[1] = q;
		p = (struct tl_expr){ .kind = TL_E_OPERATOR, .op = TL_OP_ALL, .args = inner_p, .n_args = 2 };
		q = (struct tl_expr){ .kind = TL_E_OPERATOR, .op = TL_OP_ANY, .args = inner_q, .n_args = 2 };
	}
	tl_expr_implies(&p, &q, &steps);
	assert_int_equal(steps, 0);
	tl_arena_clear(&arena);
}

int test_check_implies(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_implied_is_true),
		cmocka_unit_test(steps_bound_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
