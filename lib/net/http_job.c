/* net/http_job.c: what libcurl is told about one request, and what it hands back on the way. */
#include "net/http_job.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define HEAD_LIMIT ((size_t)64 << 10)
#define HEAD_LINES 256
/* What was sent and not acknowledged for so long breaks its connection: else an HTTP/2 connection that leads nowhere any more would be given to each
 * further request. */
#define UNACKNOWLEDGED_MS 20000
/* An idle connection is not used after so long: servers and balancers close theirs after a minute. */
#define IDLE_S 55

/* One line of the answer's head. A status line begins it anew: a 100 or 103 came before. */
static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
	struct tl_job *job = data;
	struct tl_str line = { bytes, size * count };

	if (tl_str_starts(line, TL_STR("HTTP/"))) {
		tl_buf_reset(&job->head);
		job->n_lines = 0;
		return line.len;
	}
	if (job->head.len + line.len > HEAD_LIMIT || job->n_lines == HEAD_LINES) {
		job->head_too_long = true;
		return 0;
	}
	tl_buf_str(&job->head, tl_str_trim(line));
	tl_buf_char(&job->head, '\n');
	job->n_lines++;
	return line.len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
	struct tl_job *job = data;

	tl_buf_add(&job->body, bytes, size * count);
	job->body_too_long = job->body.overflow;
	return job->body_too_long ? 0 : size * count;
}

/* Whether a socket may be opened to there. It is asked with the address that is connected to, so that a name which resolves differently from one
 * moment to the next does not help. */
static bool may_connect(const struct tl_job *job, const struct sockaddr *address, char *ip, socklen_t ip_size)
{
	struct tl_str name = { ip, 0 };

	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, ip, ip_size);
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, ip, ip_size);
	else
		return false;
	name = tl_str(ip);
	if (job->proxied)
		return true;
	if (job->http->config.public_only)
		return !tl_ip_is_private(ip);
	/* A name that means this machine has to lead to it. */
	if (job->address.loopback)
		return tl_str_starts(name, TL_STR("127.")) || tl_str_is(name, "::1");
	return true;
}

static curl_socket_t on_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct tl_job *job = data;
	char ip[sizeof(job->refused_ip)] = "";
	unsigned unacknowledged = UNACKNOWLEDGED_MS;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(job, &address->addr, ip, sizeof(ip))) {
		memcpy(job->refused_ip, ip, sizeof(ip));
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof(unacknowledged));
	return fd;
}

/* libcurl sends a request again by itself where a connection that it used before breaks without a byte of an answer. The server may have taken the first
 * one: sending again is for those who know what it does. */
static int on_start(void *data, char *ip, char *own_ip, int port, int own_port)
{
	struct tl_job *job = data;
	long sent = 0;

	(void)ip, (void)own_ip, (void)port, (void)own_port;
	job->starts++;
	if (job->starts == 1)
		return CURL_PREREQFUNC_OK;
	job->http->curl->easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &sent);
	return sent == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static bool is_field(struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return false;
	return true;
}

static void add_header(struct tl_job *job, struct tl_buf *line)
{
	struct curl_slist *longer = job->http->curl->slist_append(job->headers, line->data);

	assert(longer);
	job->headers = longer;
	explicit_bzero(line->data, line->len);
	tl_buf_reset(line);
}

/* A header without a value would be taken as an order to leave it out. */
static int add_headers(struct tl_job *job, struct tl_error *err)
{
	static const char *const left_out[] = { "Expect:", "Content-Type:" };
	struct tl_buf line = { 0 };
	bool typed = false;
	int status = 0;

	for (size_t i = 0; i < job->request->n_headers && status == 0; i++) {
		const struct tl_http_header *header = &job->request->headers[i];

		if (header->name.len == 0 || !is_field(header->name) || !is_field(header->value) || tl_str_find(header->name, TL_STR(":"), 0) != SIZE_MAX) {
			status = tl_error_set(err, TL_USAGE, "header %zu of a request holds a line break or another control character", i + 1);
			break;
		}
		typed = typed || tl_str_equal_nocase(header->name, TL_STR("content-type"));
		tl_buf_str(&line, header->name);
		tl_buf_text(&line, header->value.len ? ": " : ";");
		tl_buf_str(&line, header->value);
		add_header(job, &line);
	}
	for (size_t i = 0; i < TL_COUNT(left_out) - typed && status == 0; i++) {
		tl_buf_text(&line, left_out[i]);
		add_header(job, &line);
	}
	tl_buf_clear(&line);
	return status;
}

/* Each of these returns 0 where libcurl took every option. */
static int set_method(struct tl_job *job)
{
	__typeof__(job->http->curl->easy_setopt) set = job->http->curl->easy_setopt;
	const struct tl_http_request *request = job->request;
	bool empty_body = !request->body.ptr && (strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0 ||
	                                         strcmp(request->method, "PATCH") == 0);
	int bad = 0;

	bad |= (int)set(job->easy, CURLOPT_URL, job->url);
	if (request->body.ptr || empty_body) {
		bad |= (int)set(job->easy, CURLOPT_POST, 1L);
		bad |= (int)set(job->easy, CURLOPT_POSTFIELDS, request->body.ptr ? request->body.ptr : "");
		bad |= (int)set(job->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	} else if (strcmp(request->method, "HEAD") == 0) {
		bad |= (int)set(job->easy, CURLOPT_NOBODY, 1L);
	}
	bad |= (int)set(job->easy, CURLOPT_CUSTOMREQUEST, request->method);
	bad |= (int)set(job->easy, CURLOPT_HTTPHEADER, job->headers);
	bad |= (int)set(job->easy, CURLOPT_PATH_AS_IS, 1L);
	/* Plaintext HTTP/2 is no good with libcurl 7.88, and with it allowed plain requests would wait for each other's connections. */
	bad |= (int)set(job->easy, CURLOPT_HTTP_VERSION,
	                tl_str_is(job->address.scheme, "https") ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
	bad |= (int)set(job->easy, CURLOPT_PIPEWAIT, 1L);
	return bad;
}

static int set_trust(struct tl_job *job)
{
	__typeof__(job->http->curl->easy_setopt) set = job->http->curl->easy_setopt;
	const struct tl_http *http = job->http;
	const char *ca = http->config.ca && *http->config.ca ? http->config.ca : NULL;
	struct curl_blob roots = { .data = (void *)(uintptr_t)http->roots.ptr, .len = http->roots.len };
	int bad = 0;

	bad |= (int)set(job->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad |= (int)set(job->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= (int)set(job->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (http->roots.len > 0) {
		bad |= (int)set(job->easy, CURLOPT_CAINFO_BLOB, &roots);
		bad |= (int)set(job->easy, CURLOPT_PROXY_CAINFO_BLOB, &roots);
	} else if (ca) {
		/* Beside it stands the system's folder of certificates, which is libcurl's default. */
		bad |= (int)set(job->easy, CURLOPT_CAINFO, ca);
		bad |= (int)set(job->easy, CURLOPT_PROXY_CAINFO, ca);
	} else if (http->curl->info->cainfo) {
		/* From one file alone, it keeps what it has read for the next connection. */
		bad |= (int)set(job->easy, CURLOPT_CAPATH, NULL);
	}
	bad |= (int)set(job->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= (int)set(job->easy, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= (int)set(job->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	/* Both are said, or libcurl would look into the process environment. */
	bad |= (int)set(job->easy, CURLOPT_PROXY, job->proxied ? http->config.proxy : "");
	bad |= (int)set(job->easy, CURLOPT_NOPROXY, "");
	bad |= (int)set(job->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	return bad;
}

static int set_limits(struct tl_job *job)
{
	__typeof__(job->http->curl->easy_setopt) set = job->http->curl->easy_setopt;
	const struct tl_http_config *config = &job->http->config;
	size_t most = job->request->body_limit ? job->request->body_limit : config->body_limit;
	int bad = 0;

	tl_buf_init(&job->body, most);
	bad |= (int)set(job->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)most);
	bad |= (int)set(job->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_ms);
	bad |= (int)set(job->easy, CURLOPT_TIMEOUT_MS, (long)job->total_ms);
	bad |= (int)set(job->easy, CURLOPT_NOSIGNAL, 1L);
	bad |= (int)set(job->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	bad |= (int)set(job->easy, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
	/* An end does not wait for a name server that does not answer. */
	bad |= (int)set(job->easy, CURLOPT_QUICK_EXIT, 1L);
	return bad;
}

static int set_callbacks(struct tl_job *job)
{
	__typeof__(job->http->curl->easy_setopt) set = job->http->curl->easy_setopt;
	int bad = 0;

	bad |= (int)set(job->easy, CURLOPT_PRIVATE, job);
	bad |= (int)set(job->easy, CURLOPT_ERRORBUFFER, job->text);
	bad |= (int)set(job->easy, CURLOPT_HEADERFUNCTION, on_header);
	bad |= (int)set(job->easy, CURLOPT_HEADERDATA, job);
	bad |= (int)set(job->easy, CURLOPT_WRITEFUNCTION, on_body);
	bad |= (int)set(job->easy, CURLOPT_WRITEDATA, job);
	bad |= (int)set(job->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	bad |= (int)set(job->easy, CURLOPT_OPENSOCKETDATA, job);
	bad |= (int)set(job->easy, CURLOPT_PREREQFUNCTION, on_start);
	bad |= (int)set(job->easy, CURLOPT_PREREQDATA, job);
	return bad;
}

int tl_job_prepare(struct tl_job *job, struct tl_error *err)
{
	const struct tl_http *http = job->http;

	if (add_headers(job, err) != 0)
		return -1;
	job->easy = http->curl->easy_init();
	if (!job->easy)
		return tl_error_set(err, TL_IO, "libcurl cannot make a request");
	/* What is on this machine is never asked for by way of another. */
	job->proxied = http->config.proxy && *http->config.proxy && !job->address.loopback;
	if (set_method(job) != 0 || set_trust(job) != 0 || set_limits(job) != 0 || set_callbacks(job) != 0)
		return tl_error_set(err, TL_UNSUPPORTED, "libcurl %s does not know an option that requests need", http->curl->info->version);
	return 0;
}

void tl_job_clear(struct tl_job *job)
{
	const struct tl_curl *curl = job->http->curl;

	if (job->easy)
		curl->easy_cleanup(job->easy);
	for (struct curl_slist *header = job->headers; header; header = header->next)
		explicit_bzero(header->data, strlen(header->data));
	if (job->headers)
		curl->slist_free_all(job->headers);
	if (job->request->secret && job->body.data)
		explicit_bzero(job->body.data, job->body.len);
	tl_buf_clear(&job->head);
	tl_buf_clear(&job->body);
}
