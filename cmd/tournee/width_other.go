//go:build !unix

package main

import "os"

// terminalWidth is how many columns a terminal has; 0: it does not say.
func terminalWidth(*os.File) int { return 0 }
