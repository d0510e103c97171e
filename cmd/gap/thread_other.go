//go:build !linux

package main

import "time"

// threadTime is zero where a thread's processor time cannot be asked for.
func threadTime() time.Duration { return 0 }
