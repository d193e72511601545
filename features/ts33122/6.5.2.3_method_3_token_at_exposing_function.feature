# TS 33.122 clause 6.5.2.3 steps 5 to 8: an exposing function under test validates tokens and serves.
@sut:aef @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: Method 3 steps 5 to 8 at the exposing function

  Background:
    Given the exposing function under test has published "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location"

  @req:33122-6.5.2.3-05 @negative
  Scenario: Without a token nothing is served
    When the invoker invokes "location", but the token is left out
    Then the invocation is refused, because without a token nothing is served

  @req:33122-6.5.2.3-23 @negative
  Scenario Outline: The token is validated
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because the token is validated

    Examples:
      | deviation                                    |
      | the token is left out                        |
      | the token is no JWT                          |
      | the token is cut short                       |
      | the token has expired 600 seconds ago        |
      | the token is signed with another key         |

  @req:33122-6.5.2.3-24 @negative
  Scenario Outline: The signature of the core function is verified
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because the signature of the core function is verified

    Examples:
      | deviation                                            |
      | the token has a changed claim under the old signature |
      | the token has a flipped signature bit                |
      | the token lacks its signature                        |
      | the token is unsigned                                |
      | the token is unsigned as "None"                      |
      | the token is unsigned as "NONE"                      |
      | the token is unsigned as "nOnE"                      |
      | the token is signed with another key                 |
      | the token is signed with the public key as a secret  |
      | the token brings its own key                         |
      | the token points to a key elsewhere                  |

  @req:33122-6.5.2.3-24 @negative
  Scenario Outline: The signature of the core function is verified whatever is asked
    When the invoker invokes "location" by <method>, but the token has a flipped signature bit
    Then the invocation is refused, because the signature of the core function is verified

    Examples:
      | method |
      | POST   |
      | DELETE |

  @req:33122-6.5.2.3-25 @req:33122-C.2.1-02 @negative
  Scenario: A token for one service API is not good for another one
    When the invoker invokes "location", but the token is for the service API "quality" only
    Then the invocation is refused, because the request is compared with the claims of the token

  @req:33122-6.5.2.3-25 @req:33122-C.2.1-02 @negative
  Scenario: A token for one service API is not good for another one, whatever is asked
    When the invoker invokes "location" by POST, but the token is for the service API "quality" only
    Then the invocation is refused, because the request is compared with the claims of the token

  @req:33122-6.5.2.3-25 @req:33122-C.2.1-02 @negative
  Scenario: A token that serves for one service API is not good for another one
    When the invoker invokes "quality" between two invocations of "location"
    Then the invocation is refused, because the request is compared with the claims of the token

  @req:33122-6.5.2.3-25 @req:33122-C.2.1-02 @negative
  Scenario Outline: Names of service APIs are compared as they are
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because the request is compared with the claims of the token

    Examples:
      | deviation                                                       |
      | the token is for service APIs whose names begin alike           |
      | the token is for a service API whose name differs in case only  |

  @req:33122-6.5.2.3-26 @negative
  Scenario: The service API is invoked after the verification
    When the invoker invokes "location", but the token has expired 600 seconds ago
    Then the service API is invoked after the verification of the token

  @req:33122-6.5.2.3-27 @negative
  Scenario: The token belongs to the invoker of the TLS session
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the second invoker has a token for "location"
    When the invoker invokes "location", but the token is that of the second invoker
    Then the invocation is refused, because the token has to be the caller's own

  @req:33122-6.5.2.3-31 @negative
  Scenario Outline: Certificates are mutual where the core function indicates it
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because certificates are needed as the core function indicated

    Examples:
      | deviation                                        |
      | it presents no certificate                       |
      | it presents a certificate of a foreign authority |

  @req:33122-6.5.2.3-31
  Scenario: The certificate of the exposing function alone is enough where the core function indicates it
    Given the core function indicates the certificate of the exposing function alone
    When the invoker invokes "location" without its certificate
    Then the invocation is served without a client certificate

  @req:33122-6.5.2.3-18 @req:33122-6.5.2.3-26 @negative
  Scenario: Steps 5 to 8 in their order
    When the invoker initiates authentication at the exposing function under test
    Then the exposing function fetches the security information before it answers
    When the invoker invokes "location", but the token has expired 600 seconds ago
    Then the service API is invoked after the verification of the token
