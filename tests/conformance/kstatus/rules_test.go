// What the table promises, whatever states there are.
package main

import "testing"

func TestCurrentIsReadyAndNothingElse(t *testing.T) {
	rows, _ := computed(t)
	for _, row := range rows {
		if isReady := row.ready == "True" && row.besides == ""; (row.result == "Current") != isReady {
			t.Errorf("%v", row)
		}
	}
}

func TestFailedIsWhatIsStalled(t *testing.T) {
	rows, _ := computed(t)
	for _, row := range rows {
		if isStalled := row.besides == "`Stalled`"; (row.result == "Failed") != isStalled {
			t.Errorf("%v", row)
		}
	}
}

func TestNothingIsBelievedBeforeTheControllerHasSeenTheSpec(t *testing.T) {
	rows, _ := computed(t)
	seen := 0
	for _, row := range rows {
		if row.reason != notYet {
			continue
		}
		seen++
		if row.result != "InProgress" && row.result != "Terminating" {
			t.Errorf("%v", row)
		}
	}
	if seen < 2 {
		t.Errorf("%d states of specs that were not seen yet; there are new objects and edited ones", seen)
	}
}

func TestEveryResultIsThere(t *testing.T) {
	rows, _ := computed(t)
	for _, result := range results {
		found := false
		for _, row := range rows {
			found = found || row.result == result
		}
		if !found {
			t.Errorf("no state is %s", result)
		}
	}
}
