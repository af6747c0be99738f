// The state of an ExpressGatewayService, as far as tools that wait tell states apart.
package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// An object, as much of it as makes its state.
type object struct {
	Metadata struct {
		Generation        int64  `json:"generation"`
		DeletionTimestamp string `json:"deletionTimestamp"`
	} `json:"metadata"`
	Status struct {
		ObservedGeneration int64       `json:"observedGeneration"`
		Conditions         []condition `json:"conditions"`
	} `json:"status"`
}

type condition struct {
	Type   string `json:"type"`
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// A state is one row of the table, but for what kstatus says of it.
type state struct {
	// Reason of Ready; "" where nothing is said of this generation yet.
	reason string
	// Status of Ready.
	ready string
	// What is said besides: Reconciling, Stalled, and whether the object is being deleted.
	besides string
}

// notYet is what stands in place of a reason while the status speaks of an earlier generation.
const notYet = "not seen yet"

func stateOf(raw json.RawMessage) (state, error) {
	var read object
	if err := json.Unmarshal(raw, &read); err != nil {
		return state{}, err
	}
	var besides []string
	if read.Metadata.DeletionTimestamp != "" {
		besides = append(besides, "being deleted")
	}
	if read.Status.ObservedGeneration == -1 {
		return state{notYet, "", strings.Join(append([]string{"new"}, besides...), ", ")}, nil
	}
	if read.Status.ObservedGeneration != read.Metadata.Generation {
		return state{notYet, "", strings.Join(append([]string{"edited"}, besides...), ", ")}, nil
	}
	found := state{}
	for _, said := range read.Status.Conditions {
		switch {
		case said.Type == "Ready":
			found.reason, found.ready = said.Reason, said.Status
		case said.Status == "True" && (said.Type == "Reconciling" || said.Type == "Stalled"):
			besides = append([]string{"`" + said.Type + "`"}, besides...)
		}
	}
	found.besides = strings.Join(besides, ", ")
	return found, nil
}

// results are kstatus's words, in the order of the table.
var results = []string{"Current", "InProgress", "Failed", "Terminating"}

// A row is a state and what kstatus says of it.
type row struct {
	state
	result string
}

func (r row) String() string {
	code := func(word string) string {
		if word == "" || word == notYet {
			return word
		}
		return "`" + word + "`"
	}
	cells := []string{code(r.result), code(r.reason), code(r.ready), r.besides}
	return "| " + strings.Join(cells, " | ") + " |"
}

// table gives the rows as the README has them: by result, then by name.
func table(rows []row) []string {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(
			cmp.Compare(slices.Index(results, a.result), slices.Index(results, b.result)),
			cmp.Compare(strings.ToLower(a.String()), strings.ToLower(b.String())),
		)
	})
	lines := []string{"| kstatus | reason of `Ready` | `Ready` | besides |", "| --- | --- | --- | --- |"}
	for _, row := range rows {
		lines = append(lines, row.String())
	}
	return lines
}
