# The tools that hold our schemas and our results together: a schema that we would obey by half is refused, a file is good, bad or unusable.
. "$ROOT/tests/lib.sh"
tools=${BIN%/bin}/tools
case $tools in
/*) ;;
*) tools=$ROOT/$tools ;;
esac
check=$tools/schema-check
validate=$tools/schema-validate

expect 0 "$check" "$ROOT"/schemas/*.json
expect 0 "$validate" "$ROOT/schemas/status.schema.json" "$ROOT/tests/schema/status/ok-one.json"

echo '{"properties": {"a": {"minimun": 1}}}' >half.json
expect 1 "$check" half.json
has err "half.json: #/properties/a/minimun: the keyword 'minimun' is not supported"
echo '{"$ref": "other.json"}' >reference.json
expect 1 "$check" reference.json
has err "reference.json: #/\$ref: there is no schema 'other.json'"
echo '{"type": "number"}' >other.json
expect 0 "$check" reference.json

echo '5' >good.json
echo 'five' >bad.yaml
expect 0 "$validate" reference.json good.json
expect 1 "$validate" reference.json good.json bad.yaml
has out "bad.yaml:1:1-1:5: expected a number, got 'five'"
echo '{' >broken.json
expect 1 "$validate" reference.json broken.json
has out "broken.json:"
expect 2 "$validate" reference.json absent.json
expect 2 "$validate" half.json good.json
expect 2 "$validate" reference.json
