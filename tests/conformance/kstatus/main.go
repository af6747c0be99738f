// What kstatus says of Kubernetes objects: JSON objects in, one after the other, and one line of JSON out for each.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// A verdict is what kstatus says of an object.
type verdict struct {
	// Current, InProgress, Failed or Terminating.
	Status string `json:"status"`
	// Why, in kstatus's words.
	Message string `json:"message"`
}

func main() {
	if err := judgeAll(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judgeAll(in io.Reader, out io.Writer) error {
	objects, verdicts := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var object json.RawMessage
		if err := objects.Decode(&object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		said, err := judge(object)
		if err != nil {
			return err
		}
		if err := verdicts.Encode(said); err != nil {
			return err
		}
	}
}

// judge reads an object as client-go does: plain encoding/json makes its generation a float, which kstatus refuses.
func judge(object []byte) (verdict, error) {
	var read unstructured.Unstructured
	if err := read.UnmarshalJSON(object); err != nil {
		return verdict{}, err
	}
	computed, err := status.Compute(&read)
	if err != nil {
		return verdict{}, err
	}
	return verdict{Status: computed.Status.String(), Message: computed.Message}, nil
}
