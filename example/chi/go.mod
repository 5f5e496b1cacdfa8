module github.com/hooklatch/hooklatch/example/chi

go 1.26.0

require (
	github.com/go-chi/chi/v5 v5.5.0
	github.com/hooklatch/hooklatch v0.0.0
	github.com/hooklatch/hooklatch/adapters/chi v0.0.0
)

require github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect

replace (
	github.com/hooklatch/hooklatch => ../..
	github.com/hooklatch/hooklatch/adapters/chi => ../../adapters/chi
)
