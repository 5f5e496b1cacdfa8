module github.com/hooklatch/hooklatch/example/echo

go 1.26.0

require (
	github.com/hooklatch/hooklatch v0.0.0
	github.com/hooklatch/hooklatch/adapters/echo v0.0.0
	github.com/labstack/echo/v5 v5.4.4
)

require (
	github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect
	golang.org/x/time v0.15.0 // indirect
)

replace (
	github.com/hooklatch/hooklatch => ../..
	github.com/hooklatch/hooklatch/adapters/echo => ../../adapters/echo
)
