package provider

import (
	"encoding/json"
	"errors"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

var errNotExpected = errors.New("the body does not have the expected form")

// members returns the raw values of a JSON object's members. A value is nil if
// the object has no such member.
func members(object []byte, names ...string) ([][]byte, error) {
	values := make([][]byte, len(names))
	if jsonscan.Members(object, names, values) != nil {
		return nil, errNotExpected
	}
	return values, nil
}

// text returns a string as it is meant, and a number as it is written. Of
// anything else it returns nothing.
func text(raw []byte) string {
	if s, ok := jsonscan.String(raw); ok {
		return s
	}
	if len(raw) > 0 && (raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9') {
		return string(raw)
	}
	return ""
}

// with returns the object with a member set to a value.
func with(object []byte, name string, value any) ([]byte, error) {
	all := map[string]json.RawMessage{}
	if len(object) > 0 {
		if err := json.Unmarshal(object, &all); err != nil {
			return nil, errNotExpected
		}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	all[name] = raw
	return json.Marshal(all)
}
