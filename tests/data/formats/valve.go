// Package valve opens and closes the valve.
package valve

const limit = 40

func Open(turns int) error {
	if turns > limit {

		return ErrLimit
	}
	return nil
}
