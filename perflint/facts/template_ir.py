"""What templates add to the IR of `facts.ir`, and what the facts of one template are.

    Expressions
    SUPER_BLOCK      (code, pos)                               `{{ block.super }}`, `super()`
    AUTO             (code, pos, value)                        `value`, called without arguments when it is callable
    FILTER           (code, pos, name, value, args, keywords)  `value|name:arg`, `value|name(arg, key=arg)`
    TAG              (code, pos, name, args, keywords)         a tag of somebody else's: `{% menu page depth=2 %}`

    Statements
    INCLUDE          (code, pos, template, bindings, only)     bindings = ((name, value), …); only: no other names
    EXTENDS          (code, pos, template)
    BLOCK            (code, pos, name, function index)         where a block is rendered
    IMPORT_TEMPLATE  (code, pos, template, names)              names = ((local, macro or None for all), …)
    CACHED           (code, pos, body)                         `{% cache %}`: not rendered each time

`template` is an expression: mostly (CONST, "shop/book.html"), at times a name, a list or an IFEXP. `keywords` is as in
CALL. All else is said with the codes that Python has:

    {{ x }}                        EXPR of a FSTR with the one value x: printing calls its __str__
    {% for %} … {% empty %}        FOR; its orelse runs when there is nothing to loop over; pos is the opening tag
    {% for x in xs if test %}      FOR whose body is one IF
    {% if %}                       IF
    {% with %} {% set %} "as x"    ASSIGN; what it shadows is not brought back at the end
    {% macro %}                    DEF; {% call(x) m() %}: a keyword `caller` with a LAMBDA
    {% regroup xs by a as g %}     ASSIGN of a COMP over xs of {"grouper": x.a, "list": [x]}
    {% firstof a b %}              FSTR of a BOOL
    {% if %}-like tags of others   TAG, then IF on something unknown
    forloop.x, loop.x              a plain CONST (an OP when it is called with arguments)
    a.0                            SUB with a CONST
    a ~ b                          FSTR
    a is none, a is in b           COMPARE; other tests are an OP

`Facts.body` is empty: `Facts.functions[0]` is what rendering runs, named after the path. Its one parameter is called
"**": the context. Names that nothing binds are free, there and in the other functions, which are the blocks (qualname
"block NAME"), the macros ("macro NAME") and the bodies of `{% call %}` ("<caller>"). `parent` is the function that one
stands in. `Facts.template` has the rest, made of tuples, texts and numbers like the functions.

`dialect` is "django", "jinja" or "" if nothing tells; there is AUTO unless it is "jinja". A bare name is never wrapped
in AUTO: in "django" and "" a callable that the context holds is called where its name is read.

`extends` is the parent of a template that always has one, else None. What such a child says outside of blocks is never
printed: functions[0] then holds what does run before the parent, and ends with EXTENDS. `blocks` and `macros` give
(name, function index), also for those in an `{% if %}`.
"""

(INCLUDE, EXTENDS, BLOCK, SUPER_BLOCK, IMPORT_TEMPLATE, CACHED, AUTO, FILTER, TAG) = range(60, 69)
