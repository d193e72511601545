# TS 33.122 annex C: the profile of access tokens, as the core function issues them.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: Access token profile at the core function

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function

  @negative @req:33122-C.1-01
  Scenario: Tokens are handed out over TLS only
    When the invoker requests a token, but it goes over plain HTTP
    Then no token is granted in clear

  @req:33122-C.1-02
  Scenario: The token is a bearer token
    When the invoker requests a token
    Then the token is a bearer token

  @req:33122-C.1-03
  Scenario: The token is a JWT
    When the invoker requests a token
    Then the token is a JSON Web Token

  @req:33122-C.2.2-01
  Scenario: Claim exp
    When the invoker requests a token
    Then the token claims when it expires

  @req:33122-C.2.2-03
  Scenario: Claim client_id
    When the invoker requests a token
    Then the token claims which invoker it is for

  @req:33122-C.2.2-04
  Scenario: Claim scope without a scope in the request
    When the invoker requests a token
    Then the token claims the services per exposing function

  @req:33122-C.2.2-04
  Scenario: Claim scope for a service that was asked for
    When the invoker requests a token for "location"
    Then the token claims the services per exposing function

  @req:33122-C.2.2-06
  Scenario: Scope follows from the client
    Given the second invoker is onboarded for "quality"
    And the second invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token
    And the second invoker requests a token
    Then the scope of each token follows from its invoker

  @req:33122-C.2.2-07
  Scenario: Nothing is granted beyond what was arranged
    When the invoker requests a token
    Then the token grants nothing that was not arranged

  @req:33122-C.2.2-09
  Scenario: The claims and the scope of stage 3
    When the invoker requests a token
    Then the claims and the scope have the form of stage 3

  @negative @req:33122-C.3.1-01
  Scenario: An unknown client gets no token
    When the invoker requests a token, but "client_id" names nobody
    Then no token is granted, because the client is not onboarded

  @negative @req:33122-C.3.1-01
  Scenario: An offboarded client gets no token
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    When the second invoker is offboarded and requests a token
    Then no token is granted, because the client is not onboarded

  @req:33122-C.3.1-03
  Scenario: Client authentication is the grant
    When the invoker requests a token
    Then one request and one answer sufficed

  @negative @req:33122-C.3.2-04
  Scenario Outline: client_id is compared with the value assigned (<deviation>)
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token, but <deviation>
    Then no token is granted, because the client identifier is not the one assigned

    Examples:
      | deviation                            |
      | "client_id" names the second invoker |
      | "client_id" has its case changed     |
      | "client_id" has a leading blank      |
      | "client_id" has a trailing blank     |
      | "client_id" is cut short             |
      | "client_id" has a letter before it   |

  @negative @req:33122-C.3.3-01
  Scenario Outline: Errors are those of OAuth 2.0 (<deviation>)
    When the invoker requests a token, but <deviation>
    Then no token is granted, and the error is one of OAuth 2.0

    Examples:
      | deviation                   |
      | "client_id" is given twice  |
      | "grant_type" is "something" |

  @req:33122-C.3.3-02
  Scenario: The token has not run out on arrival
    When the invoker requests a token
    Then the token has not run out on arrival

  @req:33122-C.3.3-03
  Scenario: Token answers are not cacheable
    When the invoker requests a token
    Then the answer is not to be cached

  @req:33122-C.3.3-04
  Scenario: A scope that was cut is told
    When the invoker requests a token for "location" and "quality"
    Then a scope that was cut is told

  @req:33122-C.4-01
  Scenario: No refresh token
    When the invoker requests a token
    Then there is no refresh token

  @negative @req:33122-C.4-01
  Scenario: There is no refreshing
    When the invoker requests a token, but "grant_type" is "refresh_token"
    Then no token is granted, because there is no refreshing

  @req:33122-C.6-01
  Scenario: exp and expires_in limit the validity
    When the invoker requests a token
    Then exp and expires_in both limit the validity
