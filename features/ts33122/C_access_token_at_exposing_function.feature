# TS 33.122 annex C: what an exposing function under test makes of the access token profile.
@sut:aef @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: Access token profile at the exposing function

  Background:
    Given the exposing function under test has published "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location"

  @req:33122-C.1-05 @negative
  Scenario Outline: The token is validated by RFC 7515 and RFC 7519
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because the token is validated by RFC 7515 and RFC 7519

    Examples:
      | deviation                                   |
      | the token has an unknown critical header    |
      | the token has two parts                     |
      | the token is padded                         |
      | the token has exp twice                     |
      | the token has scope twice                   |
      | the token has exp as text                   |
      | the token brings its own key                |
      | the token points to a key elsewhere         |

  @req:33122-C.1-07 @negative
  Scenario: Tokens are taken over TLS only
    Given the core function indicates the certificate of the exposing function alone
    When the invoker invokes "location", but it goes over plain HTTP
    Then the invocation is refused, because tokens are taken over TLS only

  @req:33122-C.2.2-02 @negative
  Scenario: A leeway may be granted
    When the invoker invokes "location", but the token has expired 5 seconds ago
    Then a leeway of some seconds may be granted

  @req:33122-C.2.2-08 @negative
  Scenario: A token for another exposing function is not good here
    Given another provider with the second exposing function
    When the invoker invokes "location", but the token is for the second exposing function only
    Then the invocation is refused, because only the own part of the scope counts

  @req:33122-C.2.2-08 @negative
  Scenario: What the scope names elsewhere is not mixed with what it names here
    Given another provider with the second exposing function
    When the invoker invokes "location", but the token is for the service API "quality" here and for the one invoked at the second exposing function
    Then the invocation is refused, because only the own part of the scope counts

  @req:33122-C.2.2-10 @negative
  Scenario Outline: A token without a mandatory claim is not accepted
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because a mandatory claim has to be there

    Examples:
      | deviation                   |
      | the token has no exp        |
      | the token has no scope      |
      | the token names no invoker  |

  @req:33122-C.2.2-11 @negative
  Scenario: The leeway is at most 30 seconds
    When the invoker invokes "location", but the token has expired 33 seconds ago
    Then the invocation is refused, because the leeway is at most 30 seconds

  @req:33122-C.2.2-11 @negative
  Scenario Outline: The leeway is at most 30 seconds whatever is asked
    When the invoker invokes "location" by <method>, but the token has expired 33 seconds ago
    Then the invocation is refused, because the leeway is at most 30 seconds

    Examples:
      | method |
      | POST   |
      | DELETE |

  @req:33122-C.5-02 @negative
  Scenario Outline: The token is taken from the Authorization header only
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because the token is taken from the Authorization header only

    Examples:
      | deviation                                 |
      | the token is in the query                 |
      | the token is in a form                    |
      | the token is in a cookie                  |
      | the token is in the header "X-Auth-Token" |
      | the token is under the scheme "Token"     |
      | the token is under the scheme "Basic"     |

  @req:33122-C.5-05 @negative
  Scenario: The refusal of an expired token tells so
    When the invoker invokes "location", but the token has expired 600 seconds ago
    Then the invocation is refused, because the refusal tells of the token

  @req:33122-C.6-02 @negative
  Scenario: exp tells that the token has run out
    When the invoker invokes "location", but the token has expired 60 seconds ago
    Then the invocation is refused, because exp tells that the token has run out

  @req:33122-C.6-03 @negative
  Scenario: A token that was accepted is rejected once it has run out
    Given the core function grants tokens for 5 seconds, where it can be told so
    And the invoker has a token for "location"
    When the invoker invokes "location" before and after its token runs out
    Then the invocation is refused, because a token that has run out is rejected

  @req:33122-C.6-03 @negative
  Scenario Outline: A token that has run out is rejected whatever is asked
    When the invoker invokes "location" by <method>, but the token has expired 600 seconds ago
    Then the invocation is refused, because a token that has run out is rejected

    Examples:
      | method |
      | GET    |
      | POST   |
      | DELETE |
