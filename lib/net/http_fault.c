/* net/http_fault.c: why a request got no whole answer, in words for the person whom it wakes at night. The one place that reads libcurl's codes. */
#include "net/http_job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

/* How OpenSSL numbers what is wrong with a certificate (X509_V_ERR_…), which libcurl hands through. */
enum {
	CERTIFICATE_UNSEEN = 1, /* the name was looked at first, and was wrong */
	CERTIFICATE_NOT_YET = 9,
	CERTIFICATE_EXPIRED = 10,
	CERTIFICATE_SELF_SIGNED = 18,
	CERTIFICATE_SELF_SIGNED_CHAIN = 19,
	CERTIFICATE_NO_ISSUER = 20,
	CERTIFICATE_NO_CHAIN = 21,
	CERTIFICATE_REVOKED = 23,
};

#define SHOWN_MOST 200
#define DETAIL_SIZE 512

/* What is known of the failure. */
struct fault {
	struct tl_job *job;
	struct tl_http_answer *out;
	struct tl_error *err;
	char host[SHOWN_MOST + 16]; /* with its port */
	char detail[DETAIL_SIZE];   /* libcurl's own words, made safe to show */
};

static long info_of(const struct fault *fault, CURLINFO info)
{
	long value = 0;

	fault->job->http->curl->easy_getinfo(fault->job->easy, info, &value);
	return value;
}

/* Sets the error, "host: " before it. */
static int say(const struct fault *fault, enum tl_code code, const char *fmt, ...) TL_PRINTF(3, 4);
static int say(const struct fault *fault, enum tl_code code, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return tl_error_set(fault->err, code, "%s: %s", fault->host, text);
}

static void describe(struct fault *fault)
{
	const struct tl_address *address = &fault->job->address;
	struct tl_buf safe = { 0 };

	snprintf(fault->host, sizeof(fault->host), strchr(address->host.ptr, ':') ? "[%.*s]:%u" : "%.*s:%u",
	         TL_FMT(tl_str_cut(address->host, SHOWN_MOST)), (unsigned)address->port);
	tl_text_safe(&safe, tl_str_cut(tl_str(fault->job->text), SHOWN_MOST));
	snprintf(fault->detail, sizeof(fault->detail), "%.*s", TL_FMT(tl_buf_view(&safe)));
	if (!*fault->detail)
		snprintf(fault->detail, sizeof(fault->detail), "%s", fault->job->http->curl->easy_strerror(fault->job->result));
	tl_buf_clear(&safe);
}

static int say_certificate(const struct fault *fault)
{
	long status = info_of(fault, CURLINFO_SSL_VERIFYRESULT), proxy_status = info_of(fault, CURLINFO_PROXY_SSL_VERIFYRESULT);
	const char *who = "its certificate";

	if (fault->job->proxied && proxy_status != 0) {
		status = proxy_status;
		who = "the proxy's certificate";
	}
	fault->out->hopeless = true;
	switch (status) {
	case 0:
	case CERTIFICATE_UNSEEN:
		return say(fault, TL_IO, "%s was issued for another host name: is the address right, or does something stand in between (%s)", who, fault->detail);
	case CERTIFICATE_EXPIRED:
		return say(fault, TL_IO, "%s has expired: it has to be renewed there, unless this machine's clock is wrong", who);
	case CERTIFICATE_NOT_YET:
		return say(fault, TL_IO, "%s is not valid yet: is this machine's clock right", who);
	case CERTIFICATE_REVOKED:
		return say(fault, TL_IO, "%s was revoked", who);
	case CERTIFICATE_SELF_SIGNED:
	case CERTIFICATE_SELF_SIGNED_CHAIN:
		return say(fault, TL_IO, "%s is self-signed: if that is meant, name the authority's file as `ca:` in the configuration", who);
	case CERTIFICATE_NO_ISSUER:
	case CERTIFICATE_NO_CHAIN:
		return say(fault, TL_IO, "%s was issued by an authority that is not known here: name that authority's file as `ca:` in the configuration, "
		           "if it is yours", who);
	default:
		return say(fault, TL_IO, "%s is not accepted (%s)", who, fault->detail);
	}
}

/* Whoever was to be connected to: the proxy by its address, as the message begins with the host behind it. */
static void name_peer(char *out, size_t size, const struct fault *fault)
{
	if (fault->job->proxied)
		snprintf(out, size, "the proxy '%.*s'", TL_FMT(tl_str_cut(fault->job->http->proxy, SHOWN_MOST)));
	else
		snprintf(out, size, "it");
}

static int say_connect(const struct fault *fault)
{
	long code = info_of(fault, CURLINFO_OS_ERRNO);
	char what[SHOWN_MOST + 16];

	name_peer(what, sizeof(what), fault);
	if (*fault->job->refused_ip) {
		fault->out->hopeless = true;
		return say(fault, TL_USAGE, fault->job->http->config.public_only ? "its name leads to %s, which is no public address; 'allow_private: true' in the "
		           "protected configuration allows it if it is meant" : "its name means this machine, but leads to %s", fault->job->refused_ip);
	}
	if (code == ECONNREFUSED)
		return say(fault, TL_IO, "%s refuses the connection: nothing listens at that address and port; is it right, and is the server up", what);
	if (code == ENETUNREACH || code == EHOSTUNREACH)
		return say(fault, TL_IO, "there is no way to %s from this network (%s)", what, strerrordesc_np((int)code));
	return say(fault, TL_IO, "no connection to %s (%s)", what, fault->detail);
}

static int say_name(const struct fault *fault)
{
	if (fault->job->result == CURLE_COULDNT_RESOLVE_PROXY)
		return say(fault, TL_IO, "the name of the proxy '%.*s' leads nowhere: check `proxy:` and this machine's name service",
		           TL_FMT(fault->job->http->proxy));
	return say(fault, TL_IO, "the name leads nowhere: is it right in the configuration, is this machine's network up, and does its name service (DNS) answer");
}

/* A proxy that was reached and does not let it through. */
static int say_proxy(const struct fault *fault, long status)
{
	fault->out->hopeless = status < 500;
	if (status == 407)
		return say(fault, TL_IO, "the proxy '%.*s' wants a user and a password (407), which `proxy:` does not hold: have it let this machine through without, "
		           "or name another", TL_FMT(fault->job->http->proxy));
	return say(fault, TL_IO, "the proxy '%.*s' does not let it through (%ld)", TL_FMT(fault->job->http->proxy), status);
}

/* A proxy that hung up, or spoke something else than a proxy does, before it led anywhere. */
static int say_proxy_broke(const struct fault *fault)
{
	return say(fault, TL_IO, "the proxy '%.*s' did not lead there: is `proxy:` right, and the proxy up (%s)", TL_FMT(fault->job->http->proxy), fault->detail);
}

static bool is_break(CURLcode code)
{
	return code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_UNSUPPORTED_PROTOCOL ||
	       code == CURLE_WEIRD_SERVER_REPLY;
}

static int say_time(const struct fault *fault)
{
	const struct tl_job *job = fault->job;
	curl_off_t resolved_us = 0;
	char what[SHOWN_MOST + 16];

	job->http->curl->easy_getinfo(job->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
	if (job->starts == 0 && resolved_us == 0)
		return say(fault, TL_TIMED_OUT, "this machine's name service (DNS) did not say in time where %s is",
		           job->proxied ? "the proxy" : "it");
	name_peer(what, sizeof(what), fault);
	if (job->starts == 0)
		return say(fault, TL_TIMED_OUT, "no connection %s %s within %lld ms: a firewall, or the wrong address or port",
		           job->proxied ? "by way of" : "to", what,
		           (long long)(job->total_ms < job->http->config.connect_ms ? job->total_ms : job->http->config.connect_ms));
	if (job->head.len + job->body.len == 0)
		return say(fault, TL_TIMED_OUT, "no answer within %lld ms", (long long)job->total_ms);
	return say(fault, TL_TIMED_OUT, "the answer was not whole within %lld ms: %zu bytes of it came", (long long)job->total_ms, job->body.len);
}

static int say_size(const struct fault *fault)
{
	const struct tl_job *job = fault->job;
	size_t most = job->request->body_limit ? job->request->body_limit : job->http->config.body_limit;

	fault->out->hopeless = true;
	/* A single line that is longer than libcurl reads is out of its memory. */
	if (job->head_too_long || job->result == CURLE_OUT_OF_MEMORY)
		return say(fault, TL_REFUSED, "the head of the answer is longer than what is read of one (64 KiB, 256 lines)");
	return say(fault, TL_REFUSED, "the answer is larger than the %zu bytes that are read of one: is the address right, and does nothing stand in between", most);
}

static int say_closed(const struct fault *fault)
{
	return say(fault, TL_IO, "the connection was closed without an answer");
}

static int say_broken(const struct fault *fault)
{
	return say(fault, TL_IO, "the connection broke: %s", fault->detail);
}

static int say_cut(const struct fault *fault)
{
	return say(fault, TL_IO, "the answer was cut off after %zu bytes", fault->job->body.len);
}

static int say_no_http(const struct fault *fault)
{
	return say(fault, TL_IO, "what answers there does not speak HTTP as it should: is the port right (%s)", fault->detail);
}

static int say_tls(const struct fault *fault)
{
	char what[SHOWN_MOST + 16] = "";

	if (fault->job->proxied)
		snprintf(what, sizeof(what), " by way of the proxy '%.*s'", TL_FMT(tl_str_cut(fault->job->http->proxy, SHOWN_MOST - 20)));
	return say(fault, TL_IO, "TLS could not be agreed on%s: is it https at that port (%s)", what, fault->detail);
}

static int say_ca(const struct fault *fault)
{
	fault->out->hopeless = true;
	return say(fault, TL_USAGE, "the file of `ca:` cannot be read, or holds no certificate: '%s'",
	           fault->job->http->config.ca ? fault->job->http->config.ca : "the system's");
}

static int say_rest(const struct fault *fault)
{
	return say(fault, TL_IO, "%s", fault->detail);
}

static const struct fault_row {
	CURLcode code;
	int (*say)(const struct fault *fault);
} fault_table[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, say_name },
	{ CURLE_COULDNT_RESOLVE_PROXY, say_name },
	{ CURLE_COULDNT_CONNECT, say_connect },
	{ CURLE_PEER_FAILED_VERIFICATION, say_certificate },
	{ CURLE_SSL_CONNECT_ERROR, say_tls },
	{ CURLE_SSL_CIPHER, say_tls },
	{ CURLE_SSL_CACERT_BADFILE, say_ca },
	{ CURLE_OPERATION_TIMEDOUT, say_time },
	{ CURLE_GOT_NOTHING, say_closed },
	{ CURLE_ABORTED_BY_CALLBACK, say_closed },
	{ CURLE_SEND_ERROR, say_broken },
	{ CURLE_RECV_ERROR, say_broken },
	{ CURLE_HTTP2, say_broken },
	{ CURLE_HTTP2_STREAM, say_broken },
	{ CURLE_PARTIAL_FILE, say_cut },
	{ CURLE_FILESIZE_EXCEEDED, say_size },
	{ CURLE_WRITE_ERROR, say_size },
	{ CURLE_OUT_OF_MEMORY, say_size },
	{ CURLE_UNSUPPORTED_PROTOCOL, say_no_http },
	{ CURLE_WEIRD_SERVER_REPLY, say_no_http },
	{ CURLE_BAD_CONTENT_ENCODING, say_no_http },
};

static int say_result(const struct fault *fault)
{
	long proxy_status = info_of(fault, CURLINFO_HTTP_CONNECTCODE);

	if (fault->job->starts == 0 && proxy_status >= 300)
		return say_proxy(fault, proxy_status);
	if (fault->job->proxied && fault->job->starts == 0 && proxy_status < 200 && is_break(fault->job->result))
		return say_proxy_broke(fault);
	for (size_t i = 0; i < TL_COUNT(fault_table); i++)
		if (fault_table[i].code == fault->job->result)
			return fault_table[i].say(fault);
	return say_rest(fault);
}

int tl_job_fault(struct tl_http_answer *out, struct tl_job *job, struct tl_error *err)
{
	struct fault fault = { .job = job, .out = out, .err = err };

	/* It counts as sent from its first byte on. Where libcurl set out twice, the first time may have been enough. */
	out->fate = job->starts == 0 || (job->starts == 1 && info_of(&fault, CURLINFO_REQUEST_SIZE) == 0) ? TL_HTTP_UNSENT : TL_HTTP_LOST;
	describe(&fault);
	switch (job->end) {
	case TL_JOB_WITHHELD:
		out->withheld = true;
		return say(&fault, TL_INTERRUPTED, "it was not sent");
	case TL_JOB_STOPPED:
		return say(&fault, TL_INTERRUPTED, "interrupted");
	case TL_JOB_STALLED:
		return say(&fault, TL_TIMED_OUT, "the answer began and then came too slowly: %zu bytes in %lld ms", job->body.len, (long long)out->latency_ms);
	case TL_JOB_DEADLINE:
		return say_time(&fault);
	case TL_JOB_OPEN:
	case TL_JOB_CURL:
		break;
	}
	return say_result(&fault);
}
