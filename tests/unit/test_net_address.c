/* tests/unit/test_net_address.c: addresses, and where they lead. */
#include "net/address.h"
#include "unit.h"

static void good_addresses(void **state)
{
	static const struct {
		const char *text, *kept, *scheme, *host, *path;
		uint16_t port;
		bool loopback;
	} rows[] = {
		{ "https://api.mypurecloud.com", "https://api.mypurecloud.com", "https", "api.mypurecloud.com", "", 443, false },
		{ "https://Api.Example.COM/", "https://Api.Example.COM", "https", "api.example.com", "", 443, false },
		{ "HTTPS://h/a/b/", "HTTPS://h/a/b", "https", "h", "/a/b", 443, false },
		{ "http://127.0.0.1:40123", "http://127.0.0.1:40123", "http", "127.0.0.1", "", 40123, true },
		{ "http://127.8.9.1/x?a=b", "http://127.8.9.1/x?a=b", "http", "127.8.9.1", "/x?a=b", 80, true },
		{ "http://[::1]:8080/", "http://[::1]:8080", "http", "::1", "", 8080, true },
		{ "http://[2001:DB8::1]", "http://[2001:DB8::1]", "http", "2001:db8::1", "", 80, false },
		{ "http://localhost", "http://localhost", "http", "localhost", "", 80, true },
		{ "http://a.localhost", "http://a.localhost", "http", "a.localhost", "", 80, true },
		{ "http://notlocalhost", "http://notlocalhost", "http", "notlocalhost", "", 80, false },
		{ "http://127.0.0.1.example.com", "http://127.0.0.1.example.com", "http", "127.0.0.1.example.com", "", 80, false },
		{ "http://2130706433", "http://2130706433", "http", "2130706433", "", 80, false },
		{ "https://h?x=1", "https://h?x=1", "https", "h", "/?x=1", 443, false },
		{ "https://h:65535/%20", "https://h:65535/%20", "https", "h", "/%20", 65535, false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_address address;

		assert_row(rows[i].text, tl_address_parse(&address, &arena, tl_str(rows[i].text), &err) == 0);
		assert_str(address.text, rows[i].kept);
		assert_str(address.scheme, rows[i].scheme);
		assert_str(address.host, rows[i].host);
		assert_str(address.path, rows[i].path);
		assert_row(rows[i].text, address.port == rows[i].port && address.loopback == rows[i].loopback);
		tl_arena_clear(&arena);
	}
}

static void bad_addresses(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "https://" },
		{ "api.example.com", "https://" },
		{ "ftp://h", "https://" },
		{ "file:///etc/passwd", "https://" },
		{ "https://", "host" },
		{ "https:///x", "host" },
		{ "https://a b", "blank" },
		{ "https://a\nb", "blank" },
		{ "https://a\\b", "percent" },
		{ "https://h/#x", "fragment" },
		{ "https://h:", "port" },
		{ "https://h:0", "port" },
		{ "https://h:65536", "port" },
		{ "https://h:+80", "port" },
		{ "https://h:80:80", "port" },
		{ "https://[::1", "bracket" },
		{ "https://[::1]x", "port" },
		{ "https://[1.2.3.4]", "IPv6" },
		{ "https://a..b", "host" },
		{ "https://-h", "host" },
		{ "https://h%2ecom", "host" },
		{ "https://b\xc3\xbc" "cher.example", "percent" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_address address;

		assert_row(rows[i].text, tl_address_parse(&address, &arena, tl_str(rows[i].text), &err) == -1);
		assert_row(rows[i].text, err.code == TL_USAGE && strstr(err.message, rows[i].why));
		tl_arena_clear(&arena);
	}
}

static void password_is_never_shown(void **state)
{
	static const char *const rows[] = { "https://me:hunter2@h", "https://hunter2@h", "https://me:hunter2@h:99999", "ftp://me:hunter2@h",
		                            "https://me:hunter2@h/\n" };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_address address;

		assert_row(rows[i], tl_address_parse(&address, &arena, tl_str(rows[i]), &err) == -1);
		assert_row(rows[i], err.code == TL_USAGE && !strstr(err.message, "hunter2"));
		tl_arena_clear(&arena);
	}
}

static void plain_text_stays_here(void **state)
{
	static const struct {
		const char *text;
		int status;
	} rows[] = { { "https://h", 0 }, { "http://127.0.0.1", 0 }, { "http://localhost:1", 0 }, { "http://h", -1 }, { "http://10.0.0.1", -1 } };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_address address;

		assert_int_equal(tl_address_parse(&address, &arena, tl_str(rows[i].text), &err), 0);
		assert_row(rows[i].text, tl_address_check_secure(&address, "api", &err) == rows[i].status);
		assert_row(rows[i].text, rows[i].status == 0 || (err.code == TL_USAGE && strstr(err.message, "api 'http://")));
		tl_arena_clear(&arena);
	}
}

static void origins(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "https://h", "https://H:443/x?y", true },  { "https://h", "http://h:443", false }, { "https://h", "https://h:8443", false },
		{ "https://h", "https://h.evil.com", false }, { "http://[::1]:80", "http://[::1]/", true },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct tl_address a, b;

		assert_int_equal(tl_address_parse(&a, &arena, tl_str(rows[i].a), NULL), 0);
		assert_int_equal(tl_address_parse(&b, &arena, tl_str(rows[i].b), NULL), 0);
		assert_row(rows[i].b, tl_address_same_origin(&a, &b) == rows[i].same);
		tl_arena_clear(&arena);
	}
}

static void private_addresses(void **state)
{
	static const struct {
		const char *ip;
		bool private;
	} rows[] = {
		{ "8.8.8.8", false },          { "1.1.1.1", false },          { "172.15.255.255", false },  { "172.32.0.1", false },
		{ "11.0.0.1", false },         { "100.63.255.255", false },   { "223.255.255.255", false }, { "2606:4700::1111", false },
		{ "2002:808:808::1", false },  { "::ffff:8.8.8.8", false },   { "64:ff9b::808:808", false }, { "2a00:1450::1", false },
		{ "0.0.0.0", true },           { "10.1.2.3", true },          { "100.64.0.1", true },       { "127.0.0.1", true },
		{ "169.254.169.254", true },   { "172.16.0.1", true },        { "172.31.255.255", true },   { "192.168.1.1", true },
		{ "192.0.0.192", true },       { "198.19.0.1", true },        { "224.0.0.1", true },        { "255.255.255.255", true },
		{ "168.63.129.16", true },     { "::", true },                { "::1", true },              { "::ffff:127.0.0.1", true },
		{ "::ffff:169.254.169.254", true }, { "64:ff9b::7f00:1", true }, { "64:ff9b:1::1", true },  { "2002:7f00:1::", true },
		{ "fe80::1", true },           { "fec0::1", true },           { "fc00::1", true },          { "fd00:ec2::254", true },
		{ "ff02::1", true },           { "2001:db8::1", true },       { "2001::1", true },          { "::7f00:1", true },
		{ "3fff::1", true },           { "100::1", true },            { "", true },                 { "localhost", true },
		{ "127.1", true },             { "0x7f.0.0.1", true },        { "2130706433", true },       { "8.8.8.8 ", true },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i].ip, tl_ip_is_private(rows[i].ip) == rows[i].private);
}

static void encoding(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },          { "abcXYZ019-_.~", "abcXYZ019-_.~" }, { "a b/c?d&e#f", "a%20b%2Fc%3Fd%26e%23f" },
		{ "..", "%2E%2E" },  { ".", "%2E" },                       { "a..b", "a..b" },
		{ "%2e", "%252e" },  { "\xc3\xbc", "%C3%BC" },             { "\r\n", "%0D%0A" },
	};
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_str(tl_address_encode(&arena, tl_str(rows[i].in)), rows[i].out);
	tl_arena_clear(&arena);
}

static void private_hosts(void **state)
{
	static const struct {
		const char *address;
		bool private;
	} rows[] = {
		{ "https://hooks.example.com/x", false }, { "https://8.8.8.8/", false }, { "https://134744072/", false }, { "https://0x08080808/", false },
		{ "https://[2606:4700::1111]/", false }, { "https://10.example.com/", false }, { "https://localhost.example.com/", false },
		{ "https://localhost/", true }, { "https://LOCALHOST./", true }, { "https://a.localhost/", true }, { "https://127.0.0.1/", true }, { "https://127.1/", true },
		{ "https://0x7f.1/", true }, { "https://0177.0.0.1/", true }, { "https://2130706433/", true }, { "https://0/", true }, { "https://10.1/", true },
		{ "https://169.254.169.254/", true }, { "https://2852039166/", true }, { "https://0xa9fea9fe/", true }, { "https://169.254.43518/", true },
		{ "https://192.168.0.1./", true }, { "https://[::1]/", true }, { "https://[::]/", true }, { "https://[fe80::1]/", true }, { "https://[fd00:ec2::254]/", true },
		{ "https://[::ffff:169.254.169.254]/", true }, { "https://[::ffff:a9fe:a9fe]/", true }, { "https://[64:ff9b::a9fe:a9fe]/", true },
		{ "https://[2002:a9fe:a9fe::]/", true },
	};
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_address address;
		struct tl_error err = { 0 };

		assert_row(rows[i].address, tl_address_parse(&address, &arena, tl_str(rows[i].address), &err) == 0);
		assert_row(rows[i].address, tl_address_is_private(&address) == rows[i].private);
	}
	tl_arena_clear(&arena);
}

int test_net_address(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_addresses), cmocka_unit_test(bad_addresses),     cmocka_unit_test(password_is_never_shown),
		cmocka_unit_test(plain_text_stays_here), cmocka_unit_test(origins),    cmocka_unit_test(private_addresses), cmocka_unit_test(private_hosts),
		cmocka_unit_test(encoding),
	};

	return cmocka_run_group_tests_name("net address", tests, NULL, NULL);
}
