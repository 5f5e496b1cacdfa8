module github.com/hooklatch/hooklatch/example/check

go 1.26.0

require (
	github.com/hooklatch/hooklatch v0.0.0
	github.com/hooklatch/hooklatch/linktree/api v0.0.0
	github.com/hooklatch/hooklatch/transport v0.0.0
)

require (
	github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect
	github.com/sony/gobreaker/v2 v2.4.0 // indirect
	golang.org/x/sync v0.25.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace (
	github.com/hooklatch/hooklatch => ../..
	github.com/hooklatch/hooklatch/linktree/api => ../../linktree/api
	github.com/hooklatch/hooklatch/transport => ../../transport
)
