// The table of states in crds/README.md is what kstatus says of every situation that the controller's own tests know.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	// Written by the tests of the controller, on every run.
	situationsFile = "../../../target/kstatus/situations.json"
	readmeFile     = "../../../crds/README.md"
	begin          = "<!-- kstatus: begin (written by `UPDATE_STATES=1 make kstatus`) -->"
	end            = "<!-- kstatus: end -->"
	update         = "UPDATE_STATES=1 make kstatus"
)

// A situation is an object that the controller left behind.
type situation struct {
	Name   string          `json:"name"`
	Object json.RawMessage `json:"object"`
}

func situations(t *testing.T) []situation {
	t.Helper()
	read, err := os.ReadFile(situationsFile)
	if err != nil {
		t.Fatalf("%v: `make kstatus` has it written before it runs this", err)
	}
	var all []situation
	for lines := json.NewDecoder(bytes.NewReader(read)); ; {
		var one situation
		if err := lines.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}

// computed gives each state once, and for each the name of a situation that is in it.
func computed(t *testing.T) ([]row, map[string]string) {
	t.Helper()
	result, example := map[state]string{}, map[string]string{}
	var rows []row
	for _, one := range situations(t) {
		said, err := judge(one.Object)
		if err != nil {
			t.Fatalf("%s: %v", one.Name, err)
		}
		found, err := stateOf(one.Object)
		if err != nil {
			t.Fatalf("%s: %v", one.Name, err)
		}
		known, isKnown := result[found]
		if isKnown && known != said.Status {
			t.Errorf("%s: %v is %s here and %s elsewhere: the table needs another column", one.Name, found, said.Status, known)
		}
		if !isKnown {
			this := row{found, said.Status}
			result[found], example[this.String()] = said.Status, one.Name
			rows = append(rows, this)
		}
	}
	return rows, example
}

func TestTheReadmeSaysWhatKstatusSaysOfEveryState(t *testing.T) {
	rows, example := computed(t)
	wanted := table(rows)
	readme, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasBegin := strings.Cut(string(readme), begin+"\n")
	written, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		t.Fatalf("crds/README.md has no place for the table, between %s and %s", begin, end)
	}
	if os.Getenv("UPDATE_STATES") == "1" {
		text := before + begin + "\n" + strings.Join(wanted, "\n") + "\n" + end + after
		if err := os.WriteFile(readmeFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, line := range differences(strings.Split(strings.TrimSpace(written), "\n"), wanted, example) {
		t.Error(line)
	}
	if t.Failed() {
		t.Errorf("when this is what is meant: %s", update)
	}
}

// differences names each line that is missing, with a situation that it is for, and each that stands for nothing.
func differences(written, wanted []string, example map[string]string) []string {
	var found []string
	for _, line := range wanted {
		if !slices.Contains(written, line) {
			found = append(found, fmt.Sprintf("crds/README.md lacks the row %s, for instance of: %s", line, example[line]))
		}
	}
	for _, line := range written {
		if !slices.Contains(wanted, line) {
			found = append(found, fmt.Sprintf("crds/README.md has a row that is not so: %s", line))
		}
	}
	if len(found) == 0 && !slices.Equal(written, wanted) {
		found = append(found, "crds/README.md has the rows in another order, or one of them twice")
	}
	return found
}

func TestADifferenceIsNamed(t *testing.T) {
	wanted := []string{"| a |", "| b |"}
	for _, one := range []struct{ written, said []string }{
		{wanted, nil},
		{[]string{"| a |"}, []string{"crds/README.md lacks the row | b |, for instance of: edited"}},
		{[]string{"| a |", "| b |", "| c |"}, []string{"crds/README.md has a row that is not so: | c |"}},
		{[]string{"| b |", "| a |"}, []string{"crds/README.md has the rows in another order, or one of them twice"}},
	} {
		if said := differences(one.written, wanted, map[string]string{"| b |": "edited"}); !slices.Equal(said, one.said) {
			t.Errorf("%q of %q", said, one.written)
		}
	}
}
