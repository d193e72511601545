# TS 23.222 clause 8.16: the exposing function under test authorizes the invocation of its service APIs.
@sut:aef @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: Service API invocation with authorization by the exposing function

  Background:
    Given the exposing function under test has published "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location"

  @req:23222-8.16.3-02
  Scenario: Authentication with the invocation
    When the invoker invokes "location"
    Then the invoker may be authenticated with the invocation

  @req:23222-8.16.3-03 @negative
  Scenario Outline: Step 2: the authorization is checked
    Given another provider with the second exposing function
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because the authorization of the invoker is checked

    Examples:
      | deviation                                          |
      | the token is for the service API "quality" only    |
      | the token is for the second exposing function only |
      | the token has expired 600 seconds ago              |
      | the token has a flipped signature bit              |
      | the token is left out                              |

  @req:23222-8.16.3-05 @negative
  Scenario: Step 3: the service logic is executed
    When the invoker invokes "location", but the token has expired 600 seconds ago
    Then the service logic was executed once for each accepted invocation

  @req:23222-8.16.3-05 @negative
  Scenario Outline: Step 3: the operation that was invoked (<method>)
    When the invoker invokes "location" by <method>, but the token has expired 600 seconds ago
    Then the service logic was executed once for each accepted invocation

    Examples:
      | method |
      | POST   |
      | DELETE |

  @req:23222-8.16.3-06
  Scenario: Step 4: the result of the invocation is returned
    When the invoker invokes "location"
    And the invoker invokes "location"
    Then each invocation is answered with its own result

  @req:23222-8.16.3-08
  Scenario: Several invocations at once
    When the invoker invokes "location" four times at once, every second time with a token that has run out
    Then the invocations with a good token are served and no other

  @req:23222-8.16.3-09 @negative
  Scenario Outline: Nobody is served who was not authenticated
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because nobody is served who was not authenticated

    Examples:
      | deviation                  |
      | the token is left out      |

  @req:23222-8.16.3-10
  Scenario: The information that is there may be enough
    When the invoker invokes "location"
    And the invoker invokes "location"
    Then the exposing function may decide without asking again
